import Foundation
import CPUBackend
import Execution
import Programs
import Tensors
import Testing

/// The values of tensors, computed by the reference kernels.
func computed(_ tensors: [Tensor]) throws -> [[Double]] {
  let program = try Program("test", outputs: tensors.enumerated().map { ("\($0)", $1) })
  let executable = try CPUBackend(.reference).compile(program)
  try executable.run(steps: 1)
  return try tensors.indices.map { try executable.output($0).doubles }
}

@Suite("Gradients")
struct GradientTests {
  private func state(_ numbers: [Double], _ shape: Shape) -> State {
    State(
      "x", shape, dtype: .float64, role: .data, initial: .values(TensorValues(numbers, shape: shape)))
  }

  @Test("add up over all uses of a tensor")
  func repeatedUses() throws {
    let x = Tensor([2.0, 3, 5], shape: [3])
    let y = x * x + x * 4 - x + (x * Tensor(1, dtype: .float64)) * x
    // y = 2x² + 3x
    #expect(try computed(gradients(of: y.sum(), at: [x])) == [[11, 15, 23]])
  }

  @Test("count a state once, however often it is read")
  func states() throws {
    let w = state([1, 2, 3], [3])
    let loss = (w.value * w.value * w.value).sum() + w.value.sum()
    let results = gradients(of: loss, at: [w.value, w.value])
    #expect(try computed(results) == [[4, 13, 28], [4, 13, 28]])
  }

  @Test("are zeros for what the loss does not depend on")
  func unused() throws {
    let (x, unused) = (state([1, 2], [2]), state([1, 2, 3, 4], [2, 2]))
    let results = gradients(of: (x.value * 3).sum(), at: [unused.value, x.value, Tensor.indices(2)])
    #expect(results.map(\.shape) == [[2, 2], [2], [2]])
    #expect(results.map(\.dtype) == [.float64, .float64, .int32])
    #expect(try computed(results) == [[0, 0, 0, 0], [3, 3], [0, 0]])
  }

  @Test("reach tensors in the middle of an expression")
  func intermediates() throws {
    let x = state([0.5, -2], [2]).value
    let y = x * 3
    let loss = (y * y).sum()
    #expect(try computed(gradients(of: loss, at: [y, x])) == [[3, -12], [9, -36]])
  }

  @Test("of a tensor with respect to itself are the upstream gradient")
  func identity() throws {
    let x = state([1, 2], [2]).value
    let upstream = Tensor([7.0, 9], shape: [2])
    #expect(try computed(gradients(of: x, upstream: upstream, at: [x])) == [[7, 9]])
  }

  @Test("of an affine layer are CS231n's formulas")
  func affine() throws {
    let x = Tensor([1.0, 2, 3, 4, 5, 6], shape: [2, 3])
    let w = Tensor([0.5, -1, 2, 0, 1, 3], shape: [3, 2])
    let b = Tensor([10.0, 20], shape: [2])
    let upstream = Tensor([1.0, 2, 3, 4], shape: [2, 2])
    let (out, pullback) = valueWithPullback(of: { matmul($0[0], $0[1]) + $0[2] }, at: x, w, b)
    #expect(try computed([out]) == [[17.5, 28, 28, 34]])
    #expect(
      try computed(pullback(upstream)) == [
        [-1.5, 2, 7, -2.5, 6, 15],  // dout · wᵀ
        [13, 18, 17, 24, 21, 30],  // xᵀ · dout
        [4, 6],  // Σ dout over the batch
      ])
  }

  @Test("of stretched operands are summed back to their shapes")
  func broadcasts() throws {
    let row = Tensor([1.0, 2, 3], shape: [3])
    let column = Tensor([4.0, 5], shape: [2, 1])
    let scalar = Tensor([6.0], shape: [])
    let loss = (row * column * scalar).sum()
    #expect(
      try computed(gradients(of: loss, at: [row, column, scalar])) == [[54, 54, 54], [36, 36], [54]])
  }

  @Test("at kinks and ties follow their documentation")
  func ties() throws {
    let x = Tensor([0.0, 0, 1], shape: [3])
    let other = Tensor([0.0, 2, 1], shape: [3])
    let at = { (y: Tensor) in try computed(gradients(of: y.sum(), at: [x]))[0] }
    #expect(try at(relu(x)) == [0, 0, 1])
    #expect(try at(maximum(x, other)) == [1, 0, 1])
    #expect(try at(minimum(x, other)) == [1, 1, 1])
    #expect(try at(maximum(other, x)) == [0, 0, 0])
    // Tied maxima share the gradient.
    #expect(try at(Tensor([1.0], shape: []) * (x * 0 + 1).max()) == [0, 0, 0])
    let tied = Tensor([3.0, 1, 3], shape: [3])
    #expect(try computed(gradients(of: tied.max(), at: [tied])) == [[0.5, 0, 0.5]])
  }

  @Test("are given twice")
  func secondDerivative() throws {
    let scores = Tensor([1.0, 2], shape: [1, 2])
    let labels = Tensor([Int32(0)], shape: [1])
    let first = gradients(of: softmaxCrossEntropy(scores, labels).sum(), at: [scores])[0]
    let second = gradients(of: (first * first).sum(), at: [scores])[0]
    // With p = softmax and g = 2 (p − q): p (g − Σ p g).
    #expect(second.error == nil)
    let p = exp(1.0) / (exp(1.0) + exp(2.0))
    let g = [2 * (p - 1), 2 * (1 - p)]
    let mean = p * g[0] + (1 - p) * g[1]
    let expected = [p * (g[0] - mean), (1 - p) * (g[1] - mean)]
    #expect(zip(try computed([second])[0], expected).allSatisfy { abs($0 - $1) < 1e-12 })
    let x = Tensor([2.0], shape: [])
    let slope = gradients(of: x * x * x, at: [x])[0]
    #expect(try computed(gradients(of: slope, at: [x])) == [[12]])
  }
}
