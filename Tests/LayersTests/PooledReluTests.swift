import CPUBackend
import Execution
import Programs
import Tensors
import TestSupport
import Testing

@Suite("The gradient of a rectifier before max pooling")
struct PooledReluTests {
  private func numbers(_ count: Int, seed: UInt64) -> [Double] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in Double.random(in: -1...1, using: &random) }
  }

  /// The gradients of the input and of a per-channel bias, for pooling after ReLU.
  private func gradients(
    window: [Int], _ geometry: WindowGeometry, _ rectifier: (Tensor) -> Tensor
  ) throws -> [[Double]] {
    let shape: Shape = [2, 3, 9, 8]
    func state(_ name: String, _ shape: Shape, seed: UInt64) -> Tensor {
      let values = TensorValues(numbers(shape.count, seed: seed), shape: shape)
      return State(name, shape, dtype: .float64, role: .data, initial: .values(values)).value
    }
    let (x, bias) = (state("x", shape, seed: 1), state("b", [1, 3, 1, 1], seed: 2))
    let pooled = maxPool2D(rectifier(x + bias), window: window, geometry)
    let loss = (pooled * state("w", pooled.shape, seed: 3)).sum()
    let results = Tensors.gradients(of: loss, at: [x, bias])
    let program = try Program("test", outputs: [("x", results[0]), ("bias", results[1])])
    let executable = try CPUBackend(.reference).compile(program)
    try executable.run(steps: 1)
    return try [0, 1].map { try executable.output($0).doubles }
  }

  @Test(
    "is that of the maximum of x and 0, with windows apart, overlapping and padded",
    arguments: [
      ([2, 2], WindowGeometry(stride: [2, 2])), ([3, 3], WindowGeometry(stride: [2, 2])),
      ([3, 3], WindowGeometry(stride: [2, 2], padding: [1, 1, 1, 1])),
      ([3, 2], WindowGeometry(stride: [1, 1], padding: [0, 1, 0, 1])),
      ([2, 2], WindowGeometry(stride: [3, 3])),
    ])
  func agreesWithMaximum(window: [Int], geometry: WindowGeometry) throws {
    let masked = try gradients(window: window, geometry) { relu($0) }
    let plain = try gradients(window: window, geometry) { maximum($0, Tensor(0, dtype: .float64)) }
    #expect(masked[0] == plain[0])
    // The bias gradient is summed in another order.
    for (a, b) in zip(masked[1], plain[1]) { #expect(abs(a - b) <= 1e-12) }
    #expect(masked[0].contains { $0 != 0 } && masked[0].contains(0))
  }
}
