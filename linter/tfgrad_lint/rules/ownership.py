"""Which rule reports which conflict: each kind of conflict, in each operation, belongs to exactly one rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.shapes import conflicts

if TYPE_CHECKING:
    from collections.abc import Mapping

# The rule of a kind of conflict, whatever operation met it.
_BY_KIND: Final[Mapping[type[conflicts.Conflict], str]] = {
    conflicts.ContractionConflict: "TFG101",
    conflicts.SquareConflict: "TFG101",
    conflicts.ReshapeConflict: "TFG103",
    conflicts.JoinConflict: "TFG104",
    conflicts.AxisConflict: "TFG105",
    conflicts.RepeatedAxisConflict: "TFG105",
    conflicts.SqueezeConflict: "TFG106",
    conflicts.EinsumConflict: "TFG107",
    conflicts.PermutationConflict: "TFG108",
    conflicts.MaskConflict: "TFG109",
    conflicts.ConvolutionConflict: "TFG110",
    conflicts.WindowConflict: "TFG110",
    conflicts.LayerConflict: "TFG111",
    conflicts.SizeConflict: "TFG111",
    conflicts.SpecConflict: "TFG111",
    conflicts.AssignConflict: "TFG112",
    conflicts.TargetConflict: "TFG113",
    conflicts.SampleConflict: "TFG113",
    conflicts.SplitConflict: "TFG114",
    conflicts.CountConflict: "TFG114",
    conflicts.SignatureConflict: "TFG116",
    conflicts.InvariantConflict: "TFG116",
    conflicts.OutputConflict: "TFG116",
    conflicts.CarriedDtypeConflict: "TFG116",
    conflicts.ExpansionConflict: "TFG115",
    conflicts.SliceConflict: "TFG115",
    conflicts.PaddingConflict: "TFG115",
    conflicts.DtypeConflict: "TFG118",
}

# Kinds that say little by themselves: the rule is that of the operation's family; this one if it is in none.
_BY_FAMILY: Final[Mapping[type[conflicts.Conflict], str]] = {
    conflicts.BroadcastConflict: "TFG102",
    conflicts.RankConflict: "TFG105",
    conflicts.IndexConflict: "TFG109",
    conflicts.TooManyIndicesConflict: "TFG109",
    conflicts.LengthConflict: "TFG115",
    conflicts.ArgumentConflict: "TFG115",
    conflicts.MatchConflict: "TFG119",
}

# Families by the last part of an operation's canonical name.
_FAMILIES: Final[Mapping[str, frozenset[str]]] = {
    "TFG101": frozenset(
        "matmul sparse_dense_matmul matvec tensordot dot vdot inner solve lstsq triangular_solve cholesky_solve "
        "tridiagonal_solve banded_triangular_solve inv det slogdet cholesky eig eigh eigvals eigvalsh logdet "
        "trace".split()
    ),
    "TFG102": frozenset("bias_add scalar_mul add_n batch_normalization".split()),
    "TFG103": frozenset("reshape set_shape ensure_shape ensureshape with_rank with_rank_at_least".split()),
    "TFG104": frozenset("concat concatenate stack vstack hstack dstack".split()),
    "TFG109": frozenset("__getitem__ getitem boolean_mask where".split()),
    "TFG110": frozenset(
        "convolution pool conv1d conv2d conv3d conv1d_transpose conv2d_transpose conv3d_transpose conv_transpose "
        "depthwise_conv2d separable_conv2d atrous_conv2d atrous_conv2d_transpose dilation2d erosion2d max_pool "
        "max_pool1d max_pool2d max_pool3d avg_pool avg_pool1d avg_pool2d avg_pool3d max_pool_with_argmax "
        "fractional_max_pool fractional_avg_pool depth_to_space space_to_depth extract_patches Conv1D Conv2D Conv3D "
        "Conv1DTranspose Conv2DTranspose Conv3DTranspose DepthwiseConv1D DepthwiseConv2D SeparableConv1D "
        "SeparableConv2D".split()
    ),
    "TFG111": frozenset("dynamic_rnn bidirectional_dynamic_rnn static_rnn static_bidirectional_rnn __call__".split()),
    "TFG112": frozenset("assign assign_add assign_sub".split()),
    "TFG113": frozenset(
        "softmax_cross_entropy_with_logits sparse_softmax_cross_entropy_with_logits "
        "sigmoid_cross_entropy_with_logits weighted_cross_entropy_with_logits log_poisson_loss ctc_loss "
        "ctc_batch_cost "
        "in_top_k softmax_cross_entropy sparse_softmax_cross_entropy sigmoid_cross_entropy mean_squared_error "
        "absolute_difference huber_loss log_loss sequence_loss".split()
    ),
    "TFG114": frozenset("split unstack unpack".split()),
    "TFG116": frozenset({"function", "map_fn"}),
    "TFG118": frozenset({"cast"}),
    "TFG119": frozenset(
        "gather gather_nd embedding_lookup sparse_read one_hot top_k searchsorted scatter_nd tensor_scatter_nd_add "
        "tensor_scatter_nd_max tensor_scatter_nd_min tensor_scatter_nd_sub tensor_scatter_nd_update segment_sum "
        "segment_mean segment_max segment_min segment_prod unsorted_segment_sum unsorted_segment_mean "
        "unsorted_segment_max unsorted_segment_min unsorted_segment_prod unsorted_segment_sqrt_n take "
        "non_max_suppression intersection union difference".split()
    ),
}
_FAMILY_OF: Final = {name: code for code, names in _FAMILIES.items() for name in names}


def owner(kind: type[conflicts.Conflict], operation: str) -> str | None:
    """Return the code of the one rule that reports conflicts of ``kind`` in ``operation``, a canonical name.

    None stands for a kind that a single rule looks for by itself.

    Example:
        >>> owner(conflicts.RankConflict, "tf.matmul"), owner(conflicts.RankConflict, "tf.argmax")
        ('TFG101', 'TFG105')
    """
    if kind in _BY_FAMILY:
        return _FAMILY_OF.get(operation.rpartition(".")[2], _BY_FAMILY[kind])
    return _BY_KIND.get(kind)
