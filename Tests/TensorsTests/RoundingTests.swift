import CPUBackend
import Execution
import Programs
import TestSupport
import Tensors
import Testing

@Suite("Rounding to narrower formats")
struct RoundingTests {
  private static let kernels: [CPUBackend.Kernels] = [.reference, .accelerated]

  /// Corner cases of all formats and random bit patterns, which have any magnitude.
  private let numbers: [Float] = {
    var generator = SplitMix64(seed: 231)
    return Precision.allCases.flatMap(\.corners)
      + (0..<100_000).map { _ in Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &generator)) }
  }()

  private func rounded(_ x: [Float], to precision: Precision, on kernels: CPUBackend.Kernels) throws
    -> [Float]
  {
    let program = try Program(
      "rounding", outputs: [("y", Tensor(x, shape: [x.count]).rounded(to: precision))])
    let executable = try CPUBackend(kernels).compile(program)
    try executable.run(steps: 1)
    return try executable.output(0).elements()
  }

  @Test("to fp16 is that of Swift's Float16, bit by bit", arguments: kernels)
  func float16(_ kernels: CPUBackend.Kernels) throws {
    // The format's own numbers too, which random bit patterns rarely come near.
    let own = (UInt16(0)...UInt16.max).map { Float(Float16(bitPattern: $0)) }
    let inputs = numbers + own + own.map(\.nextUp) + zip(own, own.dropFirst()).map { ($0 + $1) / 2 }
    for (x, y) in zip(inputs, try rounded(inputs, to: .float16, on: kernels)) {
      let expected = Float(Float16(x))
      #expect(y.bitPattern == expected.bitPattern || (y.isNaN && x.isNaN), "\(x)")
    }
  }

  @Test("to bf16 and tf32 takes the nearer of the two neighbours, at a tie the even one", arguments: kernels)
  func shortFractions(_ kernels: CPUBackend.Kernels) throws {
    for (precision, dropped) in [(Precision.bfloat16, UInt32(16)), (.tf32, 13)] {
      for (x, y) in zip(numbers, try rounded(numbers, to: precision, on: kernels)) {
        guard x.isFinite else {
          #expect(y == x || (y.isNaN && x.isNaN))
          continue
        }
        let lower = (x.bitPattern >> dropped) << dropped
        let upper = lower + (1 << dropped)
        // Above the largest number of the format comes infinity, which counts as 2¹²⁸.
        func magnitude(_ bits: UInt32) -> Double {
          let number = Double(abs(Float(bitPattern: bits)))
          return number.isFinite ? number : 0x1p128
        }
        let (below, above) = (
          Double(abs(x)) - magnitude(lower), magnitude(upper) - Double(abs(x))
        )
        let isLowerEven = (lower >> dropped) & 1 == 0
        let expected = below < above || (below == above && isLowerEven) ? lower : upper
        #expect(y.bitPattern == expected, "\(x)")
      }
    }
  }

  @Test("to float32 changes no float32, and float64 as a conversion does")
  func float32() throws {
    for (x, y) in zip(numbers, try rounded(numbers, to: .float32, on: .accelerated)) {
      #expect(x.bitPattern == y.bitPattern || (x.isNaN && y.isNaN))
    }
    let doubles = [0.1, -1e39, 1e-46, 0x1.000001p0, 0x1.000003p0, 0x1.0000011p0, 3.4028235677973366e38]
    #expect(
      try computed([Tensor(doubles, shape: [7]).rounded(to: .float32)])[0]
        == doubles.map { Double(Float($0)) })
  }

  @Test("lets gradients straight through")
  func gradient() throws {
    let x = Tensor([Float(0.1), -3e5, 7], shape: [3])
    let y = (x.rounded(to: .float16) * Tensor([Float(1), 2, 3], shape: [3])).sum()
    #expect(try computed(gradients(of: y, at: [x])) == [[1, 2, 3]])
  }

  @Test("of a product is that of its operands, in both gradients too", arguments: Precision.allCases)
  func products(_ precision: Precision) throws {
    var generator = SplitMix64(seed: 5)
    func random(_ shape: Shape) -> Tensor {
      Tensor(
        (0..<shape.count).map { _ in Float.random(in: -1...1, using: &generator) }, shape: shape)
    }
    func r(_ x: Tensor) -> Tensor { x.rounded(to: precision) }
    let (a, b, dy) = (random([5, 7]), random([7, 3]), random([5, 3]))
    let y = matmul(a, b, precision: precision)
    let found = try computed([y] + gradients(of: y, upstream: dy, at: [a, b]))
    let expected = try computed([
      matmul(r(a), r(b)), matmul(r(dy), r(b).transposed()), matmul(r(a).transposed(), r(dy)),
    ])
    #expect(found == expected)
    #expect(
      try (found == computed([matmul(a, b)] + gradients(of: matmul(a, b), upstream: dy, at: [a, b])))
        == (precision == .float32))

    let geometry = WindowGeometry(stride: [2, 1], padding: [1, 0, 1, 1])
    let (x, w) = (random([2, 3, 5, 4]), random([4, 3, 3, 2]))
    let z = conv2D(x, w, geometry, precision: precision)
    let dz = random(z.shape)
    let (rx, rw) = (r(x), r(w))
    let exact = conv2D(rx, rw, geometry)
    #expect(
      try computed([z] + gradients(of: z, upstream: dz, at: [x, w]))
        == computed([exact] + gradients(of: exact, upstream: r(dz), at: [rx, rw])))
  }
}
