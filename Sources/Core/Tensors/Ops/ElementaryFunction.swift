import Glibc

/// A function of one floating point number, applied to each element.
///
/// A function is added here, and in as many places as there are languages that compute it: a row below, `vector_<name>`
/// in `CKernels/elementary.h`, `<name>_32` and `<name>_64` in `Shaders/include`, its ONNX operator in
/// `Exchange/ONNX/ONNXEmission+Pointwise.swift`, and a row in the op table.
package enum ElementaryFunction: String, CaseIterable, Sendable {
  case exp, expm1, log, log1p, sin, cos, tanh, sigmoid, erf

  /// Its value in float64, from which the reference kernels round.
  package func callAsFunction(_ x: Double) -> Double {
    switch self {
    case .exp: Glibc.exp(x)
    case .expm1: Glibc.expm1(x)
    case .log: Glibc.log(x)
    case .log1p: Glibc.log1p(x)
    case .sin: Glibc.sin(x)
    case .cos: Glibc.cos(x)
    case .tanh: Glibc.tanh(x)
    case .sigmoid: x < 0 ? Glibc.exp(x) / (1 + Glibc.exp(x)) : 1 / (1 + Glibc.exp(-x))
    case .erf: Glibc.erf(x)
    }
  }

  /// Its derivative at x, where y is its value; by y alone where that can be, so that the memory of x is free for
  /// others.
  func derivative(x: Tensor, y: Tensor) -> Tensor {
    switch self {
    case .exp: y
    case .expm1: y + 1
    case .log: 1 / x
    case .log1p: 1 / (1 + x)
    case .sin: Tensors.cos(x)
    case .cos: -Tensors.sin(x)
    case .tanh: 1 - y * y
    case .sigmoid: y * (1 - y)
    case .erf: 2 / Double.pi.squareRoot() * Tensors.exp(-x * x)
    }
  }

  /// An upper bound of the error of y, where x is wrong by at most `error`.
  package func propagated(_ error: Tensor, x: Tensor, y: Tensor) -> Tensor {
    switch self {
    case .exp: abs(y) * error * Tensors.exp(error)
    case .expm1: (abs(y) + 1) * error * Tensors.exp(error)
    case .log: error / maximum(x - error, 0)
    case .log1p: error / maximum(1 + x - error, 0)
    case .sin, .cos, .tanh, .sigmoid: error
    case .erf: 2 / Double.pi.squareRoot() * error
    }
  }

  /// True if its error in units of the result's last place grows with |x|, because x is multiplied before it is split.
  package var losesDigitsFarOut: Bool { self == .exp || self == .expm1 }
}

/// The exponential function, eˣ.
public func exp(_ x: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
  .pointwise(.function(.exp), [x], at: Location(file, line))
}

/// eˣ − 1, which keeps its digits where x is small and eˣ near 1.
public func expm1(_ x: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
  .pointwise(.function(.expm1), [x], at: Location(file, line))
}

/// The natural logarithm.
public func log(_ x: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
  .pointwise(.function(.log), [x], at: Location(file, line))
}

/// log (1 + x), which keeps its digits where x is small.
public func log1p(_ x: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
  .pointwise(.function(.log1p), [x], at: Location(file, line))
}

/// The sine of x in radians.
public func sin(_ x: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
  .pointwise(.function(.sin), [x], at: Location(file, line))
}

/// The cosine of x in radians.
public func cos(_ x: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
  .pointwise(.function(.cos), [x], at: Location(file, line))
}

/// The hyperbolic tangent.
public func tanh(_ x: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
  .pointwise(.function(.tanh), [x], at: Location(file, line))
}

/// 1 / (1 + e⁻ˣ), computed without overflow for either sign.
public func sigmoid(_ x: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
  .pointwise(.function(.sigmoid), [x], at: Location(file, line))
}

/// The error function, 2/√π ∫₀ˣ e^(−t²) dt.
public func erf(_ x: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
  .pointwise(.function(.erf), [x], at: Location(file, line))
}
