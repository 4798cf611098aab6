import CPUBackend
import Devices
import Execution
import Programs
import Sessions
import Tensors
import TestSupport
import Testing

/// Invalid arguments from users must give an invalid tensor or an error, never a trap.
@Suite("Tensor functions and what nobody should hand them")
struct HostileTensorTests {
  private static let extents = [
    0, 1, 2, 3, 5, -1, 7, 1 << 20, 1 << 31, (1 << 31) + 1, 1 << 40, 1 << 50, Int.max, Int.min, Int.max / 2,
  ]

  /// Random numbers of all magnitudes, mostly small.
  private struct Source {
    var generator: SplitMix64

    mutating func pick(_ range: Range<Int>) -> Int { Int.random(in: range, using: &generator) }

    mutating func extent() -> Int {
      pick(0..<4) > 0 ? pick(0..<4) : HostileTensorTests.extents[pick(0..<HostileTensorTests.extents.count)]
    }

    mutating func extents(_ count: Range<Int>) -> [Int] { (0..<pick(count)).map { _ in extent() } }

    mutating func number() -> Double {
      let special: [Double] = [0, -0.0, 1, -1, 0.5, 255, 256, 3e9, -3e9, 1e300, .infinity, -.infinity, .nan]
      return special[pick(0..<special.count)]
    }

    mutating func dtype() -> DType { DType.allCases[pick(0..<DType.allCases.count)] }

    mutating func tensor() -> Tensor {
      let shape = Shape(extents(0..<5))
      switch pick(0..<4) {
      case 0: return Tensor.full(shape, number(), dtype: dtype())
      case 1: return Tensor((0..<pick(0..<7)).map { Float($0) }, shape: shape)
      case 2:
        let count = shape.count
        guard count <= 1000 else { return Tensor([Int32](), shape: shape) }
        return Tensor(TensorValues(converting: (0..<count).map { _ in number() }, shape: shape, to: dtype()))
      default: return State("state", shape, dtype: dtype(), role: .weight).value
      }
    }

    mutating func geometry() -> WindowGeometry {
      WindowGeometry(stride: extents(1..<4), padding: extents(3..<6), dilation: extents(1..<4))
    }

    mutating func operation(_ a: Tensor, _ b: Tensor) -> Tensor {
      switch pick(0..<34) {
      case 0: a.reshaped(Shape(extents(0..<5)))
      case 1: a.transposed(pick(0..<2) == 0 ? nil : extents(0..<5))
      case 2: a.sliced(from: extents(0..<5), Shape(extents(0..<5)))
      case 3: a.padded(before: extents(0..<5), after: extents(0..<5))
      case 4: a.broadcast(to: Shape(extents(0..<6)))
      case 5: a.gathered(at: b)
      case 6: scatterAdd(a, at: b, rows: extent())
      case 7: a.sum(pick(0..<2) == 0 ? nil : extents(0..<4), keepingAxes: pick(0..<2) == 0)
      case 8: a.max(pick(0..<2) == 0 ? nil : extents(0..<4))
      case 9: a.mean(pick(0..<2) == 0 ? nil : extents(0..<4))
      case 10: a.argmax(extent())
      case 11: matmul(a, b)
      case 12: conv2D(a, b, geometry(), groups: extent())
      case 13: maxPool2D(a, window: extents(1..<4), geometry())
      case 14: averagePool2D(a, window: extents(1..<4), geometry())
      case 15: softmaxCrossEntropy(a, b)
      case 16: randomUniform(Shape(extents(0..<4)), key: a, counter: b, stream: 1)
      case 17: shuffledBatch(extent(), of: extent(), key: a, counter: b)
      case 18: a.cast(to: dtype())
      case 19: a + b
      case 20: a / b
      case 21: a % b
      case 22: power(a, b)
      case 23: select(a, b, a)
      case 24: a .< b
      case 25: exp(a) + number()
      case 26: a * number()
      case 27: maximum(a, b)
      case 28: a.replacing(row: b, with: a)
      case 29: Tensor.indices(min(extent(), 1000))
      case 30:
        randomUniform(
          Shape(extents(0..<4)), key: Tensor([Int32](repeating: 1, count: 2), shape: [2]),
          counter: Tensor(1, dtype: .int32), stream: 1)
      case 31: gradients(of: a.sum(), at: [b])[0]
      case 32: conv2D(a.reshaped([1, 1, 2, 3]), b.reshaped([1, 1, 1, 1]), geometry())
      default: relu(a) - sqrt(b)
      }
    }
  }

  @Test("give invalid tensors or throw, whatever the shapes and numbers", arguments: 0..<64)
  func fuzz(_ seed: Int) throws {
    var source = Source(generator: SplitMix64(seed: UInt64(seed)))
    var computed = 0
    for _ in 0..<200 {
      var tensors = [source.tensor(), source.tensor()]
      for _ in 0..<4 {
        let operands = (0..<2).map { _ in tensors[source.pick(0..<tensors.count)] }
        tensors.append(source.operation(operands[0], operands[1]))
      }
      for tensor in tensors where tensor.error == nil {
        // Only tensors that compute in a moment; larger ones may still be refused.
        guard tensor.shape.count <= 10_000 || tensor.shape.count > 1 << 40 else { continue }
        if let values = try? bounded(tensor) { computed += values.shape == tensor.shape ? 1 : 0 }
      }
    }
    #expect(computed > 50)
  }

  /// Computes a tensor on a backend with little memory, so that large intermediates are refused.
  private func bounded(_ tensor: Tensor) throws -> TensorValues {
    let program = try Program("hostile", outputs: [("y", tensor)])
    let executable = try CPUBackend(memoryLimit: 8 << 20).compile(program)
    try executable.run(steps: 1)
    return try executable.output(0)
  }

  @Test("keep an empty tensor empty")
  func empty() throws {
    let empty = Tensor([Float](), shape: [0, 3])
    #expect(try empty.transposed().values().shape == [3, 0])
    #expect(try matmul(empty.transposed(), empty).values().doubles == [Double](repeating: 0, count: 9))
    #expect(try empty.sum([0]).values().doubles == [0, 0, 0])
    #expect(empty.max([0]).error != nil)
  }

  @Test(
    "name the shape that no tensor has",
    arguments: [[1 << 40, 1 << 40], [-1], [2, -3], [Int.max, 2], [(1 << 50) + 1]] as [Shape])
  func impossible(_ shape: Shape) {
    for tensor in [
      Tensor.full(shape, 1), Tensor([Float](), shape: shape), State("s", shape, role: .weight).value,
      randomUniform(
        shape, key: Tensor([Int32(1), 2], shape: [2]), counter: Tensor(0, dtype: .int32), stream: 0),
    ] {
      #expect(tensor.error?.description.contains("\(shape)") == true, "\(String(describing: tensor.error))")
    }
  }

  @Test("are not computed where they are larger than memory")
  func huge() throws {
    for shape in [[1 << 40], [(1 << 31) + 1, 1 << 18]] as [Shape] {
      #expect(throws: (any Error).self) { try (State("s", shape, role: .data).value + 1).values() }
    }
  }

  @Test("round numbers to the nearest of a type")
  func conversion() {
    let numbers = [2.7, -2.7, 2.5, 3.5, .nan, 3e9, -3e9, 256, -1, .infinity]
    func converted(_ dtype: DType) -> [Double] {
      TensorValues(converting: numbers, shape: [numbers.count], to: dtype).doubles
    }
    #expect(converted(.int32) == [3, -3, 2, 4, 0, 0x1p31 - 1, -0x1p31, 256, -1, 0x1p31 - 1])
    #expect(converted(.uint8) == [3, 0, 2, 4, 0, 255, 0, 255, 0, 255])
  }
}
