"""What is worth saying about what the interpreter saw, a file per rule family."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.rules.alignment import AlignedByCoincidence, ReductionWithoutKeepdims
from tfgrad_lint.rules.array_sources import GradientOfArray
from tfgrad_lint.rules.assigned_state import PathThroughState
from tfgrad_lint.rules.assignment import AssignMismatch
from tfgrad_lint.rules.averages import AveragedTwice
from tfgrad_lint.rules.axes import AxisOutOfRange
from tfgrad_lint.rules.batches import ConstantBatchSize
from tfgrad_lint.rules.broadcasting import BroadcastMismatch
from tfgrad_lint.rules.clipping import ClippedToNoEffect
from tfgrad_lint.rules.comparisons import LabelsOfOtherForm, LossOverBroadcast
from tfgrad_lint.rules.convolution import ConvolutionMismatch
from tfgrad_lint.rules.custom_gradient_values import GradientShape, UpstreamIgnored
from tfgrad_lint.rules.custom_gradients import GradientCount, NoGradientFunction
from tfgrad_lint.rules.dependence import NotDifferentiable, PathLeavesTensorFlow, TargetDoesNotDependOnSource
from tfgrad_lint.rules.double_division import DividedTwice
from tfgrad_lint.rules.dtypes import DtypeMismatch
from tfgrad_lint.rules.eager import GradientsInEagerCode
from tfgrad_lint.rules.einsum import EinsumMismatch
from tfgrad_lint.rules.file_rules import InvalidNotebook, SyntaxErrorRule, UnreadableFile, UnusedSuppression
from tfgrad_lint.rules.gradient_use import GradientOfVector, GradientUnused, JacobianOfBatch
from tfgrad_lint.rules.hints import StatedShape
from tfgrad_lint.rules.indexing import GatherArgument, IndexOutOfRange
from tfgrad_lint.rules.joining import JoinMismatch, SplitCount
from tfgrad_lint.rules.keras_layers import LayerInput
from tfgrad_lint.rules.keras_variables import UnknownToKeras
from tfgrad_lint.rules.late_binding import LateReadInGradient
from tfgrad_lint.rules.late_watch import WatchedLate
from tfgrad_lint.rules.layout import LayoutArgument, PermutationOfOtherRank, SqueezeOfLongAxis
from tfgrad_lint.rules.logits import LogitsOrProbabilities
from tfgrad_lint.rules.models import PredictInTape, VariablesBeforeBuild
from tfgrad_lint.rules.normalising import ClassesOfSizeOne, NormalisedOverBatch
from tfgrad_lint.rules.norms import NormOverBatch
from tfgrad_lint.rules.optimizer_use import MinimizeOfTensor, OptimizerOfTwoModels
from tfgrad_lint.rules.optimizers import GradientsWithoutVariables, SwappedZip
from tfgrad_lint.rules.outer_broadcast import UnintendedOuterBroadcast
from tfgrad_lint.rules.pairing import CrossedTrainingSteps, GradientsOfOtherVariables
from tfgrad_lint.rules.products import MatmulMismatch
from tfgrad_lint.rules.rearrangement import ReshapeAsTranspose, ReshapeSwallowsBatch, TransposeOfAllAxes
from tfgrad_lint.rules.recording import NotRecorded, SecondOrderLost, TargetOutsideBlock
from tfgrad_lint.rules.replaced_variable import VariableReplacedByTensor
from tfgrad_lint.rules.reshaping import ReshapeSize
from tfgrad_lint.rules.signatures import SignatureMismatch
from tfgrad_lint.rules.squeezes import SqueezeOfBatch
from tfgrad_lint.rules.stopped import StoppedOnTrainedBranch
from tfgrad_lint.rules.tape_cost import GradientInOwnBlock, TapeAroundLoop
from tfgrad_lint.rules.tape_use import TapeUsedTwice
from tfgrad_lint.rules.targets import LossTargets
from tfgrad_lint.rules.undeclared_variables import UndeclaredVariables
from tfgrad_lint.rules.unwatched import SourceNotWatched
from tfgrad_lint.rules.watching import RedundantWatch, WatchedWithoutGradient

if TYPE_CHECKING:
    from tfgrad_lint.rules.base import Rule

# In order of their codes.
ALL_RULES: Final[tuple[type[Rule], ...]] = (
    SyntaxErrorRule,
    UnreadableFile,
    InvalidNotebook,
    UnusedSuppression,
    MatmulMismatch,
    BroadcastMismatch,
    ReshapeSize,
    JoinMismatch,
    AxisOutOfRange,
    SqueezeOfLongAxis,
    EinsumMismatch,
    PermutationOfOtherRank,
    IndexOutOfRange,
    ConvolutionMismatch,
    LayerInput,
    AssignMismatch,
    LossTargets,
    SplitCount,
    LayoutArgument,
    SignatureMismatch,
    StatedShape,
    DtypeMismatch,
    GatherArgument,
    UnintendedOuterBroadcast,
    ReductionWithoutKeepdims,
    LossOverBroadcast,
    ReshapeAsTranspose,
    SqueezeOfBatch,
    AlignedByCoincidence,
    NormalisedOverBatch,
    LabelsOfOtherForm,
    AveragedTwice,
    ReshapeSwallowsBatch,
    ClassesOfSizeOne,
    LogitsOrProbabilities,
    NormOverBatch,
    TransposeOfAllAxes,
    ConstantBatchSize,
    SourceNotWatched,
    TargetDoesNotDependOnSource,
    NotDifferentiable,
    PathLeavesTensorFlow,
    VariableReplacedByTensor,
    PathThroughState,
    TapeUsedTwice,
    NotRecorded,
    GradientInOwnBlock,
    GradientOfVector,
    WatchedLate,
    RedundantWatch,
    WatchedWithoutGradient,
    SecondOrderLost,
    JacobianOfBatch,
    GradientUnused,
    GradientsInEagerCode,
    TapeAroundLoop,
    StoppedOnTrainedBranch,
    TargetOutsideBlock,
    UnknownToKeras,
    PredictInTape,
    VariablesBeforeBuild,
    GradientOfArray,
    GradientCount,
    UndeclaredVariables,
    GradientShape,
    UpstreamIgnored,
    NoGradientFunction,
    LateReadInGradient,
    SwappedZip,
    GradientsOfOtherVariables,
    GradientsWithoutVariables,
    MinimizeOfTensor,
    CrossedTrainingSteps,
    ClippedToNoEffect,
    DividedTwice,
    OptimizerOfTwoModels,
)
