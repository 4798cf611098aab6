// The umbrella module: everything that users of Lemnos import.

@_exported public import Checkpoints
@_exported public import Datasets
@_exported public import Devices
@_exported public import Diagnostics
@_exported public import Exchange
@_exported public import Execution
@_exported public import GradientChecks
@_exported public import Layers
@_exported public import Losses
@_exported public import Models
@_exported public import Optimizers
@_exported public import Programs
@_exported public import Schedules
@_exported public import Sessions
@_exported public import Tensors
@_exported public import Tokenizers
@_exported public import Training
