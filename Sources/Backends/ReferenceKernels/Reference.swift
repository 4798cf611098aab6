package import Programs
import Tensors

/// The reference form of every kernel, in float32 and float64, with which every fast kernel is compared.
///
/// Reductions and products accumulate in float64 for all element types.
package enum Reference {
  /// The work of a kernel on the memory of its values.
  package static func work(_ kernel: Kernel, inputs: [BufferView], outputs: [BufferView]) -> Work {
    let float64 = inputs.contains { $0.type.dtype == .float64 }
    switch kernel {
    case .pointwise(let kernel):
      return pointwise(kernel, inputs: inputs, outputs: outputs)
    case .reduction(let kernel):
      return switch inputs[0].type.dtype {
      case .float64: reduction(kernel, Double.self, inputs[0], outputs[0])
      case .float32: reduction(kernel, Float.self, inputs[0], outputs[0])
      default: reduction(kernel, Int32.self, inputs[0], outputs[0])
      }
    case .matmul(let kernel):
      let terms = MatMulTerms(kernel)
      return float64
        ? product(terms, Double.self, inputs, outputs[0]) : product(terms, Float.self, inputs, outputs[0])
    case .convolution(let kernel):
      let terms = ConvolutionTerms(kernel)
      return float64
        ? product(terms, Double.self, inputs, outputs[0]) : product(terms, Float.self, inputs, outputs[0])
    case .pooling(let kernel):
      return float64
        ? pooling(kernel, Double.self, inputs, outputs[0]) : pooling(kernel, Float.self, inputs, outputs[0])
    case .attention(let kernel):
      return float64
        ? attention(kernel, Double.self, inputs, outputs[0])
        : attention(kernel, Float.self, inputs, outputs[0])
    case .gather(let kernel):
      return gather(kernel, inputs, outputs[0])
    case .scatterAdd(let kernel):
      return float64
        ? scatterAdd(kernel, Double.self, inputs, outputs[0])
        : scatterAdd(kernel, Float.self, inputs, outputs[0])
    case .uniform(let count, let stream):
      return uniform(count: count, stream: stream, inputs, outputs[0])
    case .shuffledBatch(let batch, let count):
      return shuffledBatch(batch: batch, count: count, inputs, outputs[0])
    case .softmaxCrossEntropy(let rows, let classes):
      return float64
        ? softmaxCrossEntropy(rows, classes, Double.self, inputs, outputs[0])
        : softmaxCrossEntropy(rows, classes, Float.self, inputs, outputs[0])
    case .softmaxCrossEntropyGradient(let rows, let classes):
      return float64
        ? softmaxCrossEntropyGradient(rows, classes, Double.self, inputs, outputs[0])
        : softmaxCrossEntropyGradient(rows, classes, Float.self, inputs, outputs[0])
    case .scan: preconditionFailure("a scan is run by the backend, kernel by kernel of each step")
    case .gatherShuffled, .depthParts, .argmaxOfParts, .fused:
      preconditionFailure("\(kernel.name) is made for devices that compile kernels")
    }
  }

  /// Units per thread, where one unit takes about `operations` operations.
  static func grain(_ operations: Int) -> Int { max(1, 20_000 / max(operations, 1)) }
}

/// The element types of the reference kernels.
protocol ReferenceScalar: TensorScalar, Comparable {
  init(_ number: Double)

  /// int32 wraps around.
  static func nearest(_ number: Double) -> Self
  var number: Double { get }
}

extension Float: ReferenceScalar {
  static func nearest(_ number: Double) -> Float { Float(number) }
  var number: Double { Double(self) }
}

extension Double: ReferenceScalar {
  static func nearest(_ number: Double) -> Double { Double(number) }
  var number: Double { self }
}

extension Int32: ReferenceScalar {
  static func nearest(_ number: Double) -> Int32 { Int32(truncatingIfNeeded: Int64(number)) }
  var number: Double { Double(self) }
}
