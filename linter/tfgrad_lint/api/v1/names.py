"""``tf.compat.v1``: the names of TensorFlow 1, and what they became in TensorFlow 2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api import registry
from tfgrad_lint.api.registry import Model, add_model
from tfgrad_lint.domain.values import NONE, Value

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.api.registry import Rule

_PREFIX: Final = "tf.compat.v1."

# Parameters that were renamed on the way to TensorFlow 2.
_RENAMED: Final = {
    "keep_dims": "keepdims",
    "reduction_indices": "axis",
    "dimension": "axis",
    "squeeze_dims": "axis",
    "preferred_dtype": "dtype_hint",
    "filter": "filters",
    "rate": "dilations",
    "dilation_rate": "dilations",
    "seq_dim": "seq_axis",
    "batch_dim": "batch_axis",
    "box_ind": "box_indices",
    "input_tensor": "input",
    "targets": "labels",
    "value": "input",
    "tensor": "input",
    "dim": "axis",
    "t": "x",
    "bytes": "input_bytes",
    "msg": "message",
    "fn1": "true_fn",
    "fn2": "false_fn",
    "string_tensor": "input",
    "inputs": "logits",
}

# Functions whose parameters changed: what they were. Those that are not listed kept theirs.
_REDUCTION: Final = "input_tensor axis= keepdims= name= reduction_indices= keep_dims="
_CHANGED: Final = {
    **{
        f"{package}reduce_{kind}": _REDUCTION
        for package in ("", "math.")
        for kind in ("all", "any", "logsumexp", "max", "mean", "min", "prod", "sum")
    },
    **{
        f"{package}arg{kind}": "input axis= name= dimension= output_type="
        for package in ("", "math.")
        for kind in ("max", "min")
    },
    **{f"{package}{kind}softmax": "logits axis= name= dim=" for package in ("nn.", "math.") for kind in ("", "log_")},
    **{f"{package}norm": "tensor ord= axis= keepdims= name= keep_dims=" for package in ("", "linalg.")},
    "nn.ctc_loss": (
        "labels inputs= sequence_length= preprocess_collapse_repeated= ctc_merge_repeated= "
        "ignore_longer_outputs_than_inputs= time_major= logits="
    ),
    "strings.to_number": "string_tensor= out_type= name= input=",
    **{f"{package}in_top_k": "predictions targets k name=" for package in ("nn.", "math.")},
    **{
        f"{package}assert_{kind}": "x y data= summarize= message= name="
        for package, kinds in (
            ("", ("equal", "greater", "less")),
            ("debugging.", ("equal", "greater", "less", "greater_equal", "less_equal", "none_equal")),
        )
        for kind in kinds
    },
    **{
        f"debugging.assert_{kind}": "x data= summarize= message= name="
        for kind in ("negative", "non_negative", "non_positive", "positive")
    },
    "assert_rank": "x rank data= summarize= message= name=",
    "debugging.assert_rank": "x rank data= summarize= message= name=",
    "debugging.assert_rank_at_least": "x rank data= summarize= message= name=",
    "debugging.assert_rank_in": "x ranks data= summarize= message= name=",
    "debugging.assert_near": "x y rtol= atol= data= summarize= message= name=",
    "debugging.assert_scalar": "tensor name= message=",
    "cond": "pred true_fn= false_fn= strict= name= fn1= fn2=",
    "while_loop": (
        "cond body loop_vars shape_invariants= parallel_iterations= back_prop= swap_memory= name= "
        "maximum_iterations= return_same_structure="
    ),
    "constant_initializer": "value= dtype= verify_shape=",
    "zeros_initializer": "dtype=",
    "ones_initializer": "dtype=",
    "random_normal_initializer": "mean= stddev= seed= dtype=",
    "random_uniform_initializer": "minval= maxval= seed= dtype=",
    "nn.sparse_softmax_cross_entropy_with_logits": "labels= logits= name=",
    "boolean_mask": "tensor mask name= axis=",
    "constant": "value dtype= shape= name= verify_shape=",
    "convert_to_tensor": "value dtype= name= preferred_dtype= dtype_hint=",
    "device": "device_name_or_function",
    "name_scope": "name default_name= values=",
    "debugging.assert_all_finite": "t= msg= name= x= message=",
    "expand_dims": "input axis= name= dim=",
    "gather": "params indices validate_indices= name= axis= batch_dims=",
    "gather_nd": "params indices name= batch_dims= bad_indices_policy=",
    "image.crop_and_resize": "image boxes box_ind= crop_size= method= extrapolation_value= name= box_indices=",
    "image.resize": "images size method= align_corners= preserve_aspect_ratio= name=",
    "io.decode_csv": "records record_defaults field_delim= use_quote_delim= name= na_value= select_cols=",
    "io.decode_raw": "input_bytes= out_type= little_endian= name= bytes=",
    "io.parse_example": "serialized features name= example_names=",
    "io.parse_single_example": "serialized features name= example_names=",
    "math.confusion_matrix": "labels predictions num_classes= dtype= name= weights=",
    "math.count_nonzero": "input_tensor= axis= keepdims= dtype= name= reduction_indices= keep_dims= input=",
    "nn.avg_pool": "value ksize strides padding data_format= name= input=",
    "nn.avg_pool2d": "value ksize strides padding data_format= name= input=",
    "nn.conv1d": "value= filters= stride= padding= use_cudnn_on_gpu= data_format= name= input= dilations=",
    "nn.conv2d": "input filter= strides= padding= use_cudnn_on_gpu= data_format= dilations= name= filters=",
    "nn.conv2d_transpose": (
        "value= filter= output_shape= strides= padding= data_format= name= input= filters= dilations="
    ),
    "nn.conv3d": "input filter= strides= padding= data_format= dilations= name= filters=",
    "nn.conv3d_transpose": (
        "value filter= output_shape= strides= padding= data_format= name= input= filters= dilations="
    ),
    "nn.convolution": "input filter padding strides= dilation_rate= name= data_format= filters= dilations=",
    "nn.crelu": "features name= axis=",
    "nn.depth_to_space": "input block_size name= data_format=",
    "nn.depthwise_conv2d": "input filter strides padding rate= name= data_format= dilations=",
    "nn.dropout": "x keep_prob= noise_shape= seed= name= rate=",
    "nn.embedding_lookup": "params ids partition_strategy= name= validate_indices= max_norm=",
    "nn.max_pool": "value ksize strides padding data_format= name= input=",
    "nn.moments": "x axes shift= name= keep_dims= keepdims=",
    "nn.nce_loss": (
        "weights biases labels inputs num_sampled num_classes num_true= sampled_values= remove_accidental_hits= "
        "partition_strategy= name="
    ),
    "nn.sampled_softmax_loss": (
        "weights biases labels inputs num_sampled num_classes num_true= sampled_values= remove_accidental_hits= "
        "partition_strategy= name= seed="
    ),
    "nn.pool": "input window_shape pooling_type padding dilation_rate= strides= name= data_format= dilations=",
    "nn.separable_conv2d": (
        "input depthwise_filter pointwise_filter strides padding rate= name= data_format= dilations="
    ),
    "nn.softmax_cross_entropy_with_logits": "labels= logits= dim= name= axis=",
    "nn.space_to_depth": "input block_size name= data_format=",
    "nn.weighted_cross_entropy_with_logits": "labels= logits= pos_weight= name= targets=",
    "nn.weighted_moments": "x axes frequency_weights name= keep_dims= keepdims=",
    "ones_like": "tensor dtype= name= optimize=",
    "pad": "tensor paddings mode= name= constant_values=",
    "random.poisson": "lam shape dtype= seed= name=",
    "reverse_sequence": "input seq_lengths seq_axis= batch_axis= name= seq_dim= batch_dim=",
    "shape": "input name= out_type=",
    "size": "input name= out_type=",
    "squeeze": "input axis= name= squeeze_dims=",
    "transpose": "a perm= name= conjugate=",
    "tuple": "tensors name= control_inputs=",
    "zeros_like": "tensor dtype= name= optimize=",
}

# Names that exist in TensorFlow 1 only, with what became of them.
_MOVED: Final = dict(
    pair.split("=")
    for pair in (
        "FixedLenFeature=io.FixedLenFeature angle=math.angle betainc=math.betainc ceil=math.ceil "
        "check_numerics=debugging.check_numerics cholesky=linalg.cholesky cholesky_solve=linalg.cholesky_solve "
        "conj=math.conj cross=linalg.cross cumprod=math.cumprod debugging.is_finite=math.is_finite "
        "debugging.is_inf=math.is_inf debugging.is_nan=math.is_nan diag=linalg.tensor_diag "
        "diag_part=linalg.tensor_diag_part digamma=math.digamma dimension_at_index=compat.dimension_at_index "
        "dimension_value=compat.dimension_value div_no_nan=math.divide_no_nan erf=math.erf erfc=math.erfc "
        "expm1=math.expm1 floordiv=math.floordiv floormod=math.mod global_norm=linalg.global_norm igamma=math.igamma "
        "igammac=math.igammac imag=math.imag image.resize_image_with_crop_or_pad=image.resize_with_crop_or_pad "
        "image.transpose_image=image.transpose invert_permutation=math.invert_permutation is_finite=math.is_finite "
        "is_inf=math.is_inf is_nan=math.is_nan lbeta=math.lbeta lgamma=math.lgamma lin_space=linspace log1p=math.log1p "
        "log=math.log log_sigmoid=math.log_sigmoid logical_xor=math.logical_xor manip.reverse=reverse manip.roll=roll "
        "manip.scatter_nd=scatter_nd manip.tile=tile matrix_band_part=linalg.band_part matrix_determinant=linalg.det "
        "matrix_diag=linalg.diag matrix_diag_part=linalg.diag_part matrix_inverse=linalg.inv "
        "matrix_set_diag=linalg.set_diag matrix_solve=linalg.solve matrix_solve_ls=linalg.lstsq "
        "matrix_transpose=linalg.matrix_transpose matrix_triangular_solve=linalg.triangular_solve mod=math.mod "
        "nn.avg_pool_v2=nn.avg_pool nn.max_pool_v2=nn.max_pool parse_tensor=io.parse_tensor polygamma=math.polygamma "
        "qr=linalg.qr random_crop=image.random_crop random_gamma=random.gamma random_normal=random.normal "
        "random_shuffle=random.shuffle random_uniform=random.uniform read_file=io.read_file real=math.real "
        "reciprocal=math.reciprocal reverse_v2=reverse rint=math.rint rsqrt=math.rsqrt segment_max=math.segment_max "
        "segment_mean=math.segment_mean segment_min=math.segment_min segment_prod=math.segment_prod "
        "segment_sum=math.segment_sum self_adjoint_eig=linalg.eigh self_adjoint_eigvals=linalg.eigvalsh "
        "serialize_tensor=io.serialize_tensor squared_difference=math.squared_difference svd=linalg.svd "
        "tensor_scatter_add=tensor_scatter_nd_add tensor_scatter_sub=tensor_scatter_nd_sub "
        "tensor_scatter_update=tensor_scatter_nd_update trace=linalg.trace truncated_normal=random.truncated_normal "
        "unsorted_segment_max=math.unsorted_segment_max unsorted_segment_mean=math.unsorted_segment_mean "
        "unsorted_segment_min=math.unsorted_segment_min unsorted_segment_prod=math.unsorted_segment_prod "
        "unsorted_segment_sqrt_n=math.unsorted_segment_sqrt_n unsorted_segment_sum=math.unsorted_segment_sum "
        "where_v2=where zeta=math.zeta"
    ).split()
)


# Second names of what TensorFlow 1 has under another one, too.
_ALSO: Final = dict(
    pair.split("=")
    for pair in (
        "assert_greater_equal=debugging.assert_greater_equal assert_integer=debugging.assert_integer "
        "assert_less_equal=debugging.assert_less_equal assert_near=debugging.assert_near "
        "assert_negative=debugging.assert_negative assert_non_negative=debugging.assert_non_negative "
        "assert_non_positive=debugging.assert_non_positive assert_none_equal=debugging.assert_none_equal "
        "assert_positive=debugging.assert_positive assert_rank_at_least=debugging.assert_rank_at_least "
        "assert_rank_in=debugging.assert_rank_in assert_scalar=debugging.assert_scalar "
        "assert_type=debugging.assert_type confusion_matrix=math.confusion_matrix count_nonzero=math.count_nonzero "
        "decode_csv=io.decode_csv decode_raw=io.decode_raw dtypes.as_string=as_string fft2d=signal.fft2d "
        "fft3d=signal.fft3d fft=signal.fft ifft2d=signal.ifft2d ifft3d=signal.ifft3d ifft=signal.ifft "
        "image.resize_images=image.resize initializers.global_variables=global_variables_initializer "
        "initializers.local_variables=local_variables_initializer initializers.random_normal=random_normal_initializer "
        "initializers.random_uniform=random_uniform_initializer linalg.transpose=linalg.matrix_transpose "
        "manip.gather_nd=gather_nd parse_example=io.parse_example parse_single_example=io.parse_single_example "
        "random_poisson=random.poisson sets.set_difference=sets.difference sets.set_intersection=sets.intersection "
        "sets.set_union=sets.union sparse.matmul=sparse.sparse_dense_matmul "
        "sparse_tensor_dense_matmul=sparse.sparse_dense_matmul sparse_tensor_to_dense=sparse.to_dense "
        "spectral.dct=signal.dct spectral.fft2d=signal.fft2d spectral.fft3d=signal.fft3d spectral.fft=signal.fft "
        "spectral.idct=signal.idct spectral.ifft2d=signal.ifft2d spectral.ifft3d=signal.ifft3d "
        "spectral.ifft=signal.ifft spectral.irfft2d=signal.irfft2d spectral.irfft3d=signal.irfft3d "
        "spectral.irfft=signal.irfft spectral.rfft2d=signal.rfft2d spectral.rfft3d=signal.rfft3d "
        "spectral.rfft=signal.rfft string_to_number=strings.to_number "
        "verify_tensor_all_finite=debugging.assert_all_finite"
    ).split()
)

# Names and areas that are other functions in TensorFlow 1, or are not part of it.
_OTHER: Final = frozenset({"where", "Variable", "summary.scalar", "summary.histogram"})
_OTHER_AREAS: Final = ("keras.", "data.", "compat.", "losses.")


def register() -> None:
    """Register every name of TensorFlow 1 whose function has a model under one of TensorFlow 2."""
    newer = [name[3:] for name in registry.present() if name.startswith("tf.")]
    for name in newer:
        if name not in _CHANGED and name not in _OTHER and not name.startswith(_OTHER_AREAS):
            registry.alias(f"tf.{name}", _PREFIX + name)
    for name, target in _MOVED.items():
        registry.alias(f"tf.{target}", _PREFIX + name)
    for name, parameters in _CHANGED.items():
        _add_older(name, parameters)
    for name, target in _ALSO.items():
        registry.alias(_PREFIX + target, _PREFIX + name)


def _add_older(name: str, parameters: str) -> None:
    given = tuple(part.rstrip("=") for part in parameters.split())
    optional = {part.rstrip("="): NONE for part in parameters.split() if part.endswith("=")}
    newer = registry.lookup(f"tf.{name}")
    assert newer is not None
    add_model(Model(_PREFIX + name, _translated(newer, given), given, optional))


def _translated(newer: Model, given: tuple[str, ...]) -> Rule:
    """Return a rule that hands its arguments to ``newer`` by today's names."""
    targets = [name if name in newer.parameters else _RENAMED.get(name, name) for name in given]

    def rule(operation: Operation, *values: Value) -> Value:
        arguments = {
            target: value
            for target, value in zip(targets, values, strict=True)
            if target in newer.parameters and not operation.is_none(value)
        }
        for name in newer.parameters:
            if name not in newer.defaults:
                arguments.setdefault(name, NONE)
        return newer.call(operation, (), arguments)

    return rule
