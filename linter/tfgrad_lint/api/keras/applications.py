"""``keras.applications``: networks that were trained on ImageNet, with or without their last layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.defaults import ONE
from tfgrad_lint.api.keras.models import MODEL
from tfgrad_lint.api.registry import model
from tfgrad_lint.domain.values import NONE, TRUE, ApiObject, Constant, Tensor, Value
from tfgrad_lint.shapes.dims import UNKNOWN, Dim
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

_HOME: Final = "tf.keras.applications."
# How many channels the last convolution leaves, and the image size that the whole network takes.
_NETWORKS: Final[dict[str, tuple[int, int]]] = {
    "VGG16": (512, 224),
    "VGG19": (512, 224),
    "ResNet50": (2048, 224),
    "ResNet101": (2048, 224),
    "ResNet152": (2048, 224),
    "ResNet50V2": (2048, 224),
    "ResNet101V2": (2048, 224),
    "ResNet152V2": (2048, 224),
    "InceptionV3": (2048, 299),
    "InceptionResNetV2": (1536, 299),
    "Xception": (2048, 299),
    "DenseNet121": (1024, 224),
    "DenseNet169": (1664, 224),
    "DenseNet201": (1920, 224),
    "EfficientNetB0": (1280, 224),
    "EfficientNetB1": (1280, 240),
    "EfficientNetB2": (1408, 260),
    "EfficientNetB3": (1536, 300),
    "EfficientNetB4": (1792, 380),
    "EfficientNetB5": (2048, 456),
    "EfficientNetB6": (2304, 528),
    "EfficientNetB7": (2560, 600),
    "EfficientNetV2B0": (1280, 224),
    "EfficientNetV2B1": (1280, 240),
    "EfficientNetV2B2": (1408, 260),
    "EfficientNetV2B3": (1536, 300),
    "EfficientNetV2S": (1280, 384),
    "EfficientNetV2M": (1280, 480),
    "EfficientNetV2L": (1280, 480),
    "MobileNet": (1024, 224),
    "MobileNetV2": (1280, 224),
}
# Networks whose first arguments are the input's shape and how wide the network is.
_MOBILE: Final[dict[str, str]] = {"MobileNet": "mobilenet", "MobileNetV2": "mobilenet_v2"}
_MODULES: Final = {
    "vgg16": ("VGG16",),
    "vgg19": ("VGG19",),
    "resnet50": ("ResNet50",),
    "resnet": ("ResNet50", "ResNet101", "ResNet152"),
    "resnet_v2": ("ResNet50V2", "ResNet101V2", "ResNet152V2"),
    "inception_v3": ("InceptionV3",),
    "inception_resnet_v2": ("InceptionResNetV2",),
    "xception": ("Xception",),
    "densenet": ("DenseNet121", "DenseNet169", "DenseNet201"),
    "efficientnet": tuple(f"EfficientNetB{size}" for size in range(8)),
    "efficientnet_v2": tuple(f"EfficientNetV2{size}" for size in ("B0", "B1", "B2", "B3", "S", "M", "L")),
}
_IMAGENET: Final = Constant("imagenet")
_THOUSAND: Final = Constant(1000)
# Networks that halve the image with windows that fit evenly: the size left is rounded down.
_HALVING: Final = ("VGG16", "VGG19")


@model(
    *(_HOME + name for name in _NETWORKS if name not in _MOBILE),
    *(f"{_HOME}{module}.{name}" for module, names in _MODULES.items() for name in names),
)
def network(
    operation: Operation,
    include_top: Value = TRUE,
    weights: Value = _IMAGENET,
    input_tensor: Value = NONE,
    input_shape: Value = NONE,
    pooling: Value = NONE,
    classes: Value = _THOUSAND,
    **options: Value,
) -> Value:
    """https://keras.io/api/applications: a model from images to classes, or to features."""
    channels, size = _NETWORKS[operation.name.rpartition(".")[2]]
    whole = operation.boolean(include_top)
    if whole is None:
        return operation.unknown(include_top)
    inputs = _inputs(operation, input_tensor, input_shape, size if whole else UNKNOWN)
    if not isinstance(inputs, Tensor):
        return operation.unknown(input_tensor)
    batch = inputs.shape.dims[0] if inputs.shape.dims else UNKNOWN
    shape = Shape((batch, operation.integer(classes)))
    if not whole:
        shape = _features(operation, inputs.shape, channels, pooling)
    node = operation.node(inputs)
    outputs = Tensor(shape, None, node)
    return ApiObject(MODEL, node, {"inputs": inputs, "outputs": outputs})


@model(*(_HOME + name for name in _MOBILE), *(f"{_HOME}{module}.{name}" for name, module in _MOBILE.items()))
def mobile_network(operation: Operation, input_shape: Value = NONE, alpha: Value = ONE, **options: Value) -> Value:
    """https://keras.io/api/applications/mobilenet: as the others where its width is not changed."""
    if not (isinstance(alpha, Constant) and alpha.value == 1):
        return operation.unknown(alpha)
    given = {name: options[name] for name in ("include_top", "input_tensor", "pooling", "classes") if name in options}
    return network(operation, input_shape=input_shape, **given)


def _inputs(operation: Operation, tensor: Value, shape: Value, size: Dim) -> Value:
    if not operation.is_none(tensor):
        return tensor
    node = operation.node()
    batch = node.dim(0, "batch")
    dims = (size, size, 3) if operation.is_none(shape) else operation.dims(shape)
    return Tensor(UNKNOWN_SHAPE if dims is None else Shape((batch, *dims)), None, node)


def _features(operation: Operation, images: Shape, channels: int, pooling: Value) -> Shape:
    """Return the shape of what the last convolution leaves, or of its average or maximum."""
    batch = images.dims[0] if images.dims else UNKNOWN
    if operation.text(pooling) in {"avg", "max"}:
        return Shape((batch, channels))
    if not operation.is_none(pooling):
        return UNKNOWN_SHAPE
    halved = operation.name.endswith(_HALVING) and images.dims is not None and len(images.dims) == 4
    left = tuple(dim // 32 if isinstance(dim, int) else UNKNOWN for dim in (images.dims or ())[1:3])
    return Shape((batch, *(left if halved else (UNKNOWN, UNKNOWN)), channels))
