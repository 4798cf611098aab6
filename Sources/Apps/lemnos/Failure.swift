import Files
import Lemnos

/// An error message and exit code for problems outside the program.
struct Failure: Error {
  let message: String
  let code: Int32

  init(_ message: String, code: Int32) {
    self.message = message
    self.code = code
  }

  /// Nil for the argument parser's errors, which it prints itself.
  init?(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as DatasetError: self.init("\(error)", code: error.code)
    case let error as TokenizerError: self.init("\(error)", code: error.code)
    case let error as CheckpointError: self.init("\(error)", code: error.code)
    case let error as FileError: self.init("\(error)", code: error.code)
    case let error as ExchangeError: self.init("\(error)", code: 65)
    case let error as BackendUnavailable: self.init("\(error)", code: 69)
    case let error as any BackendError: self.init("\(error)", code: 69)
    case let error as TrainingError: self.init("\(error)", code: error.code)
    case let error as GraphError: self.init("the model does not fit the data: \(error)", code: 65)
    default: return nil
    }
  }
}

extension DatasetError {
  fileprivate var code: Int32 {
    switch category {
    case .unusable: 65
    case .missing: 66
    case .unavailable: 69
    case .cannotWrite: 73
    }
  }
}

extension TokenizerError {
  fileprivate var code: Int32 {
    switch category {
    case .unusable, .badInput: 65
    case .missing: 66
    case .cannotWrite: 73
    }
  }
}

extension CheckpointError {
  fileprivate var code: Int32 {
    switch category {
    case .unusable: 65
    case .missing: 66
    case .cannotWrite: 73
    }
  }
}

extension FileError {
  fileprivate var code: Int32 {
    switch category {
    case .unusable: 65
    case .missing: 66
    case .cannotWrite: 73
    }
  }
}

extension TrainingError {
  fileprivate var code: Int32 {
    switch self {
    case .setting: 64
    case .scores: 65
    case .diverged, .anomaly: 3
    }
  }
}
