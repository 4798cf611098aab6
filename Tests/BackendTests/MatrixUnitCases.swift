#if VULKAN
import CPUBackend
import Execution
import Programs
import Tensors
import TestSupport
import Testing

@testable import VulkanBackend

/// Programs of products and convolutions for matrix units, real or emulated, compared with the reference.
enum MatrixUnitCases {
  /// Between −1 and 1, the same each time.
  static func tensor(_ shape: Shape, seed: Int) -> Tensor {
    var generator = SplitMix64(seed: UInt64(seed))
    let numbers = (0..<shape.count).map { _ in Float(generator.next() >> 40) / Float(1 << 23) - 1 }
    return Tensor(TensorValues(numbers, shape: shape))
  }

  static func run(_ program: Program, on backend: any Backend) throws -> [[Double]] {
    let executable = try backend.compile(program)
    if let inspectable = executable as? any InspectableExecutable { try inspectable.fillArena(with: 0xFF) }
    try executable.run(steps: 2)
    return try program.outputs.indices.map { try executable.output($0).doubles }
  }

  /// The largest error relative to the largest reference value.
  static func distance(_ a: [Double], _ b: [Double]) -> Double {
    let greatest = b.reduce(0) { max($0, abs($1)) }
    return zip(a, b).reduce(0) { max($0, ($1.0 - $1.1).isNaN ? .infinity : abs($1.0 - $1.1)) } / greatest
  }

  static func product(_ precision: Precision, _ m: Int, _ k: Int, _ n: Int) -> Tensor {
    matmul(tensor([m, k], seed: 1), tensor([k, n], seed: 3), precision: precision)
  }

  static func products(_ precision: Precision, _ m: Int, _ k: Int, _ n: Int) throws -> Program {
    let (a, aT) = (tensor([m, k], seed: 1), tensor([k, m], seed: 2))
    let (b, bT) = (tensor([k, n], seed: 3), tensor([n, k], seed: 4))
    // Submatrices of larger matrices: rows are not contiguous.
    let wide = tensor([m + 3, k + 5], seed: 5).sliced(from: [2, 3], [m, k])
    return try Program(
      "products",
      outputs: [
        ("plain", matmul(a, b, precision: precision)),
        ("left", matmul(aT.transposed(), b, precision: precision)),
        ("right", matmul(a, bT.transposed(), precision: precision)),
        ("both", matmul(aT.transposed(), bT.transposed(), precision: precision)),
        ("part", relu(matmul(wide, b, precision: precision) + 1)),
      ])
  }

  static func convolutions(_ precision: Precision, _ geometry: WindowGeometry, groups: Int) throws -> Program
  {
    let x = tensor([2, 32, 9, 11], seed: 1)
    let w = tensor([34, 32 / groups, 3, 2], seed: 2)
    let y = conv2D(x, w, geometry, groups: groups, precision: precision)
    let gradients = gradients(of: y, upstream: tensor(y.shape, seed: 3), at: [x, w])
    return try Program("convolutions", outputs: [("y", y), ("dx", gradients[0]), ("dw", gradients[1])])
  }

  static func agree(_ program: Program, _ precision: Precision, on backend: VulkanBackend, count: Int) throws
  {
    #expect(backend.variants(of: program).filter { $0.hasPrefix("Cooperative/") }.count == count)
    let results = try run(program, on: backend)
    let expected = try run(program, on: CPUBackend(.reference))
    // Float32 sums of some hundred products; tf32 drops up to 2⁻¹⁶ of each.
    let bound = precision == .tf32 ? 2e-5 : 3e-6
    for (index, output) in program.outputs.enumerated() {
      #expect(distance(results[index], expected[index]) < bound, "\(output.name) in \(precision)")
    }
    #expect(try run(program, on: backend) == results, "the same bits whenever it runs")
  }
}
#endif
