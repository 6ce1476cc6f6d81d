"""The count of what real code calls."""

from pathlib import Path

import pytest

from tests.conformance.frequencies import main


def test_calls_without_a_model_are_named_and_those_that_give_no_tensors_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    table = tmp_path / "calls.tsv"
    table.write_text(
        "# Source: somewhere\n# section: functions\nname\tcount\ntf.reduce_sum\t60\ntf.losses.MSE\t15\n"
        "tf.no_such_function\t25\ntf.device\t900\ntf.keras.optimizers.Adam\t900\n# section: NumPy\nnumpy.mean\t3\n"
    )
    main(table)
    assert capsys.readouterr().out == (
        "functions: 75.00 % of 100 calls of 3 functions have a model\n    25  tf.no_such_function\n"
        "NumPy: 100.00 % of 3 calls of 1 functions have a model\n"
    )
