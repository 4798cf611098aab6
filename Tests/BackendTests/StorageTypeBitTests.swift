import Execution
import Foundation
import Programs
import Tensors
import TestSupport
import Testing

/// What the op table, which compares numbers, does not show: all bit patterns, and on every backend the same bits.
@Suite("Storage types on every backend", .serialized)
struct StorageTypeBitTests {
  private func results(
    _ outputs: [Tensor], _ assignments: [Assignment] = [], steps: Int = 1
  ) throws -> [(name: String, backend: any Backend, values: [TensorValues])] {
    let named = outputs.enumerated().map { ("\($0)", $1) }
    let program = try Program("bits", outputs: named, assignments: assignments)
    return try everyBackend().map { name, backend in
      let executable = try backend.compile(program)
      try (executable as? any InspectableExecutable)?.fillArena(with: 0xFF)
      try executable.run(steps: steps)
      return (name, backend, try outputs.indices.map { try executable.output($0) })
    }
  }

  private func state(_ name: String, _ values: TensorValues) -> State {
    State(name, values.shape, dtype: values.dtype, role: .data, initial: .values(values))
  }

  /// All bit patterns, but for NaNs with payloads.
  private static let patterns = (UInt16(0)...UInt16.max)

  @Test(
    "are all float16 and bfloat16 numbers as float32, and the same when they are stored again",
    arguments: [DType.float16, .bfloat16])
  func everyNumber(_ dtype: DType) throws {
    let numbers: [Float] = Self.patterns.map {
      dtype == .float16 ? Float(Float16(bitPattern: $0)) : Float(bitPattern: UInt32($0) << 16)
    }
    let bytes = Self.patterns.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    let values = TensorValues(bytes: bytes, shape: [256, 256], dtype: dtype)
    let x = state("x", values).value
    // Of every second row, so that elements are read one by one, and written again in their order.
    for (name, _, made) in try results([
      x.cast(to: .float32), x.transposed(), x.cast(to: .float32).cast(to: dtype),
    ]) {
      let widened = made[0].elements(as: Float.self)
      for (got, expected) in zip(widened, numbers) where got.bitPattern != expected.bitPattern {
        // Numbers below float32's least normal one may be taken as zero by a device.
        let isOpen = expected.isNaN && got.isNaN || (name == "Vulkan" && expected.isSubnormal && got == 0)
        #expect(isOpen, "\(name): \(expected) is read as \(got)")
      }
      var wrong: [Int] = []
      for place in numbers.indices {
        let turned = place % 256 * 256 + place / 256
        // A device may store those as zero, too.
        let isOpen = numbers[place].isNaN || (name == "Vulkan" && numbers[place].isSubnormal)
        for (made, to) in [(made[1], 2 * turned), (made[2], 2 * place)]
        where !isOpen && !made.bytes[to..<to + 2].elementsEqual(bytes[2 * place..<2 * place + 2]) {
          wrong.append(place)
        }
      }
      #expect(wrong == [], "\(name)")
    }
  }

  @Test("round as Swift's Float16 does, and to the same bits everywhere")
  func rounding() throws {
    var generator = SplitMix64(seed: 231)
    let random = (0..<20_011).map { _ in Float(bitPattern: .random(in: 0...UInt32.max, using: &generator)) }
    let near = (0..<4_001).map { _ in Float.random(in: -70_000...70_000, using: &generator) }
    let numbers = Precision.float16.corners + Precision.bfloat16.corners + random + near
    let x = state("x", TensorValues(numbers, shape: [numbers.count])).value
    let made = try results([x.cast(to: .float16), x.cast(to: .bfloat16), x.cast(to: .bool)])
    for (name, _, values) in made {
      let halves: [Float16] = values[0].elements()
      for (number, half) in zip(numbers, halves) {
        let expected = Float16(number)
        #expect(
          half.bitPattern == expected.bitPattern || (half.isNaN && expected.isNaN),
          "\(name): \(number) is \(half)")
      }
      #expect(values == made[0].values, "\(name)")
    }
  }

  @Test("keep all bits of int64 in memory, however they are moved")
  func wholeNumbers() throws {
    var generator = SplitMix64(seed: 7)
    let numbers = (0..<15).map { _ in Int64.random(in: .min ... .max, using: &generator) }
    let values = TensorValues(numbers, shape: [5, 3])
    let x = state("x", values).value
    let kept = State("kept", [5, 3], dtype: .int64, role: .data)
    let batch = shuffledBatch(
      4, of: 5, key: Tensor([Int32(3), 5], shape: [2]), counter: Tensor(1, dtype: .int32))
    let outputs = [
      x, x.transposed(), x.padded(before: [1, 0], after: [0, 2]),
      concatenate([x, x.sliced(from: [1, 0], [3, 3])]),
      x.gathered(at: Tensor([Int64(4), 0], shape: [2])), x.gathered(at: batch), batch,
      select(Tensor.indices(5).reshaped([5, 1]) .< 2, x, x.gathered(at: Tensor([Int32(0)], shape: [1]))),
      x.cast(to: .int32), x.cast(to: .int32).cast(to: .int64), (x.cast(to: .float32) * 2).cast(to: .int64),
    ]
    let made = try results(outputs, [Assignment(kept, x)])
    /// The numbers of some rows, one after another.
    func rows(_ indices: [Int]) -> [Int64] { indices.flatMap { Array(numbers[3 * $0..<3 * $0 + 3]) } }
    let transposed: [Int64] = (0..<15).map { numbers[$0 % 5 * 3 + $0 / 5] }
    let padded: [Int64] = [0, 0, 0, 0, 0] + (0..<5).flatMap { rows([$0]) + [0, 0] }
    let narrow: [Int32] = numbers.map { Int32(clamping: $0) }
    for (name, backend, results) in made {
      let drawn: [Int32] = results[6].elements()
      let expected: [Int: [Int64]] = [
        0: numbers, 1: transposed, 2: padded, 3: rows([0, 1, 2, 3, 4, 1, 2, 3]), 4: rows([4, 0]),
        5: rows(drawn.map(Int.init)), 7: rows([0, 1, 0, 0, 0]), 9: narrow.map(Int64.init),
      ]
      for (index, numbers) in expected {
        #expect(results[index].elements(as: Int64.self) == numbers, "\(name), output \(index)")
      }
      #expect(results[8].elements(as: Int32.self) == narrow, "\(name)")
      #expect(results == made[0].values, "\(name)")
      #expect(try backend.read(kept) == values, "\(name)")
    }
  }

  @Test("are states that steps overwrite", arguments: [DType.float16, .bfloat16, .int64, .bool])
  func states(_ dtype: DType) throws {
    let values = TensorValues(converting: (0..<21).map { Double($0 % 2) }, shape: [3, 7], to: dtype)
    let x = state("x", values)
    let y = State("y", [7, 3], dtype: dtype, role: .data)
    // One in place, one from the other, in another order.
    let next = (1 - x.value.cast(to: .float32)).cast(to: dtype)
    for (name, backend, _) in try results(
      [x.value.cast(to: .float32).sum()], [Assignment(x, next), Assignment(y, x.value.transposed())], steps: 3
    ) {
      let flipped = values.doubles.map { 1 - $0 }
      #expect(try backend.read(x).doubles == flipped, "\(name)")
      let transposed = (0..<7).flatMap { column in (0..<3).map { values.doubles[$0 * 7 + column] } }
      #expect(try backend.read(y).doubles == transposed, "\(name)")
      #expect(try backend.read(x).dtype == dtype)
    }
  }

  @Test(
    "are computed beside products and sums, and stored from there",
    arguments: [DType.float16, .bfloat16, .bool])
  func epilogues(_ dtype: DType) throws {
    let a = state("a", TensorValues((0..<13 * 37).map { Float($0 * 7 % 5) }, shape: [13, 37])).value
    let b = state("b", TensorValues((0..<37 * 11).map { Float($0 * 3 % 5) }, shape: [37, 11])).value
    let scale = state(
      "scale", TensorValues(converting: (0..<11).map { Double($0 % 3) }, shape: [11], to: dtype)
    ).value
    let columns = a.sum([0], keepingAxes: true)
    let outputs = [
      (matmul(a, b) * scale.cast(to: .float32)).cast(to: dtype), (a - columns * 0.25).cast(to: dtype),
      columns.cast(to: dtype), a.sum().cast(to: dtype), (a.sum([1]) - 70).cast(to: .int64),
    ]
    let made = try results(outputs)
    for (name, _, values) in made { #expect(values == made[0].values, "\(name)") }
    #expect(made[0].values.map(\.dtype) == [dtype, dtype, dtype, dtype, .int64])
  }
}
