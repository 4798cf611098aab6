import Tensors
import Testing

/// float16, bfloat16 and int64, which are kept, moved and cast, but not computed with; and bool.
@Suite("Storage types")
struct StorageTypeTests {
  private static let ofMemory: [DType] = [.float16, .bfloat16, .int64]

  @Test("are refused by arithmetic, with what to do", arguments: ofMemory)
  func refusals(_ dtype: DType) {
    let x = zeros([2, 3], dtype)
    let attempts: [(operation: String, result: Tensor)] = [
      ("add", x + x), ("negate", -x), ("multiply", x * 2), ("multiply", 0.5 * x), ("divide", x / x),
      ("abs", abs(x)),
      ("relu", relu(x)), ("exp", exp(x)), ("sqrt", sqrt(x)), ("power", power(x, x)),
      ("maximum", maximum(x, 0.5)),
      ("less", x .< x), ("equal", x .== 0.5), ("rounded(bf16)", x.rounded(to: .bfloat16)),
      ("select", select(x, zeros([2, 3]), zeros([2, 3]))), ("sum", x.sum()), ("max", x.max([1])),
      ("argmax", x.argmax()), ("matmul", matmul(x, x.transposed())),
      ("conv2D", conv2D(x.reshaped([1, 1, 2, 3]), x.reshaped([1, 1, 2, 3]))),
      ("softmaxCrossEntropy", softmaxCrossEntropy(x, zeros([2], .int32))),
      ("multiply", zeros([2, 3], .bool) * x), ("scatterAdd", scatterAdd(x, at: .indices(2), rows: 3)),
    ]
    let other = dtype == .int64 ? "int32" : "float32"
    for (operation, result) in attempts {
      #expect(result.error?.operation == operation)
      #expect(result.error?.reason == "takes no \(dtype) values; cast them to \(other) first", "\(operation)")
    }
    #expect((x + zeros([2, 3])).error?.reason == "takes no \(dtype) values; cast them to \(other) first")
  }

  @Test("are moved, selected and cast to all types and back", arguments: ofMemory + [.bool])
  func movements(_ dtype: DType) {
    let x = zeros([2, 3], dtype)
    for y in [
      x.transposed(), x.reshaped([6]), x.sliced(from: [0, 1], [2, 2]),
      x.padded(before: [1, 0], after: [0, 0]),
      x.broadcast(to: [4, 2, 3]), x.gathered(at: .indices(2)), concatenate([x, x, x]), stack([x, x]),
      x.taken(at: zeros([2, 1], .int32)), select(zeros([2, 3], .bool), x, x), x.split(into: 3, axis: 1)[1],
    ] {
      #expect(y.error == nil && y.dtype == dtype)
    }
    for other in DType.allCases {
      #expect(x.cast(to: other).dtype == other && x.cast(to: other).error == nil)
      #expect(x.cast(to: other).cast(to: dtype).dtype == dtype)
    }
  }

  @Test("take row numbers, labels and places of int64 and uint8", arguments: [DType.int64, .uint8, .int32])
  func indices(_ dtype: DType) throws {
    let table = Tensor([1.0, 2, 3, 4, 5, 6] as [Double], shape: [3, 2])
    let rows = Tensor(TensorValues(converting: [2, 0, 1], shape: [3], to: dtype))
    let scores = Tensor([1, 2, 3, 0, 0, 0, 5, 1, 1] as [Double], shape: [3, 3])
    let plain = Tensor([Int32(2), 0, 1], shape: [3])
    let pairs: [(Tensor, Tensor)] = [
      (table.gathered(at: rows), table.gathered(at: plain)),
      (scores.taken(at: rows.reshaped([3, 1])), scores.taken(at: plain.reshaped([3, 1]))),
      (rows.oneHot(3), plain.oneHot(3)), (embedding(rows, in: table), embedding(plain, in: table)),
      (scatterAdd(table, at: rows, rows: 4), scatterAdd(table, at: plain, rows: 4)),
      (
        scores.scatterAdded(at: rows.reshaped([3, 1]).broadcast(to: [3, 3]), extent: 3),
        scores.scatterAdded(at: plain.reshaped([3, 1]).broadcast(to: [3, 3]), extent: 3)
      ),
      (softmaxCrossEntropy(scores, rows), softmaxCrossEntropy(scores, plain)),
      (
        table.replacing(row: rows.sliced(from: [0], [1]).reshaped([]), with: Tensor(0, dtype: .float64)),
        table.replacing(row: plain.sliced(from: [0], [1]).reshaped([]), with: Tensor(0, dtype: .float64))
      ),
    ]
    for (index, (ours, expected)) in pairs.enumerated() {
      #expect(try computed([ours]) == computed([expected]), "\(index)")
    }
    // Constant labels are checked when the loss is built.
    let wrong = Tensor(TensorValues(converting: [2, 0, 3], shape: [3], to: dtype))
    #expect(
      softmaxCrossEntropy(scores, wrong).error?.reason
        == "example 2 has the label 3, but there are 3 classes, from 0 to 2")
  }

  @Test("of truth values become the type of the numbers that they meet")
  func promotion() throws {
    let truths = Tensor([true, false, true], shape: [3])
    let numbers = Tensor([Float(2), 3, 5], shape: [3])
    #expect((truths * numbers).dtype == .float32 && (truths + Tensor.indices(3)).dtype == .int32)
    #expect((1 - truths).dtype == .float32 && (truths .== 1).dtype == .bool)
    let rows: [(Tensor, [Double])] = [
      (truths * numbers, [2, 0, 5]), (truths + Tensor.indices(3), [1, 1, 3]), (1 - truths, [0, 1, 0]),
      (truths.sum(), [2]), (truths.mean(), [Double(Float(2) / 3)]), (truths.max(), [1]), (truths.min(), [0]),
      (select(numbers .< 4, truths, numbers), [1, 0, 5]), ((truths .== 1).cast(to: .uint8), [1, 0, 1]),
      (.!truths, [0, 1, 0]), (truths.argmax(), [0]), (truths .& numbers, [1, 0, 1]),
      (numbers .| truths, [1, 1, 1]),
    ]
    #expect(try computed(rows.map(\.0)) == rows.map(\.1))
    #expect(truths.sum().dtype == .int32 && truths.mean().dtype == .float32)
    #expect(
      (truths + truths).error?.reason == "takes no bool values; cast them to int32 or float32 first")
  }

  @Test("of 16 bits pass gradients by the same casts, in reverse", arguments: [DType.float16, .bfloat16])
  func gradientsOfCasts(_ dtype: DType) throws {
    let fine = 1 + 0x1p-12  // no number of either type
    let x = Tensor([Float(2), 3], shape: [2])
    let kept = x.cast(to: dtype)
    // Two readers: their gradients are rounded, added up in float32, and rounded.
    let back = kept.cast(to: .float32)
    let loss =
      (back * Tensor([Float(fine), 7], shape: [2])).sum() + kept.transposed().cast(to: .float32).sum()
    let own = gradients(of: loss, at: [x, kept])
    #expect(own.map(\.dtype) == [.float32, dtype])
    #expect(try computed(own) == [[2, 8], [2, 8]])
    // Through movements: their gradients are computed in float32 too.
    let spread = kept.reshaped([2, 1]).broadcast(to: [2, 3]).gathered(
      at: Tensor([Int32(1), 1, 0], shape: [3]))
    #expect(try computed(gradients(of: spread.cast(to: .float32).sum(), at: [x])) == [[3, 6]])
    let taken = kept.taken(at: Tensor([Int32(1), 1], shape: [2]))
    #expect(try computed(gradients(of: taken.cast(to: .float32).sum(), at: [x])) == [[0, 2]])
    let joined = concatenate([kept, kept.sliced(from: [1], [1])])
    #expect(try computed(gradients(of: joined.cast(to: .float32).sum(), at: [x])) == [[1, 2]])
    // None through types of whole numbers.
    for whole in [DType.int64, .bool] {
      let y = x.cast(to: whole).cast(to: .float32).sum()
      #expect(try computed(gradients(of: y, at: [x])) == [[0, 0]])
    }
  }

  @Test("are elements of Swift's types, numbers and texts")
  func values() {
    let halves = TensorValues([Float16(1.5), -0.1, .infinity], shape: [3])
    #expect(halves.dtype == .float16 && halves.bytes.count == 6)
    #expect(halves.elements(as: Float16.self) == [1.5, -0.1, .infinity])
    #expect(halves.doubles == [1.5, Double(Float16(-0.1)), .infinity])
    #expect(halves == TensorValues(converting: [1.5, -0.1, 1e6], shape: [3], to: .float16))
    #expect("\(halves)" == "float16[3] [1.5, -0.1, inf]")
    let long = TensorValues([Int64.max, -7], shape: [2])
    #expect(long.elements(as: Int64.self) == [.max, -7] && long.bytes.count == 16)
    #expect("\(long)" == "int64[2] [9223372036854775807, -7]")
    #expect(
      TensorValues(converting: [1e30, .nan, -2.5], shape: [3], to: .int64).elements() == [Int64.max, 0, -2])
    let truths = TensorValues(bytes: [0, 1, 7], shape: [3], dtype: .bool)
    #expect(truths == TensorValues([false, true, true], shape: [3]))
    #expect(truths == TensorValues(converting: [0, .nan, -3], shape: [3], to: .bool))
    #expect(truths.elements(as: Bool.self) == [false, true, true] && truths.doubles == [0, 1, 1])
    #expect("\(truths)" == "bool[3] [false, true, true]")
    let brain = TensorValues(
      converting: [1, 0x1.01p0, 0x1.03p0, 0x1.01p0 + 0x1p-40, -1e39], shape: [5], to: .bfloat16)
    // Ties to even; what lies beyond a tie by less than a float32 shows is none.
    #expect(brain.doubles == [1, 1, 0x1.04p0, 0x1.02p0, -.infinity])
    #expect("\(brain)" == "bfloat16[5] [1.0, 1.0, 1.015625, 1.0078125, -inf]")
  }

  @Test("have literals: numbers of their own only")
  func literals() throws {
    for (number, dtype) in [(0.5, DType.int64), (2, .bool), (.nan, .bool), (0x1p63, .int64)] {
      #expect(Tensor(number, dtype: dtype).error != nil, "\(number) of \(dtype)")
    }
    let full = [
      Tensor.full([2], 0.1, dtype: .float16), .full([2], 0.1, dtype: .bfloat16),
      .full([2], -0x1p40, dtype: .int64),
      .full([2], 1, dtype: .bool),
    ]
    #expect(
      try computed(full) == [Double(Float16(0.1)), 0x1.9Ap-4, -0x1p40, 1].map { [$0, $0] })
  }
}
