import Tensors

extension OpTable {
  /// Casts to and from the types that are kept in memory but not computed with, their movements, and truth values.
  static let storageTypes: [OpRow] = sixteenBits + wholeNumbers + truths + movements

  /// float16 and bfloat16: rounded like `rounded(to:)`, and exact as float32.
  private static let sixteenBits: [OpRow] = [(DType.float16, Precision.float16), (.bfloat16, .bfloat16)]
    .flatMap { dtype, precision -> [OpRow] in
      let corners = TensorValues(precision.corners, shape: [precision.corners.count])
      let stored = numbers(1237, dtype)
      return [
        row("cast(\(dtype))", "7×11", .real([7, 11], from: -4, to: 4)) { $0[0].cast(to: dtype) },
        row("cast(\(dtype))", "corners", .values(corners)) { $0[0].cast(to: dtype) },
        row("cast(\(dtype))", "of int32", .integers([131], -100_000..<100_000)) { $0[0].cast(to: dtype) },
        row("cast(float32)", "of \(dtype), as many as several blocks", .values(stored)) {
          $0[0].cast(to: .float32)
        },
        row("cast(float32)", "of \(dtype), transposed", .values(numbers(35, dtype, [7, 5]))) {
          $0[0].transposed().cast(to: .float32)
        },
        // One number for each run of 128 elements, a repeated row, and elements of their own.
        OpRow(
          "multiply", "by \(dtype) for each run, plus repeated rows, to \(dtype)",
          [
            .real([5, 3, 128], from: -1, to: 1), .values(numbers(5, dtype, [5, 1, 1])),
            .values(numbers(128, dtype)), .values(numbers(1, dtype, [])),
          ], .exact, gradient: false
        ) {
          // Products of few digits: exact in float32, so that float64 rounds to the same numbers.
          let x = ($0[0] * 8).cast(to: .int32).cast(to: .float32)
          let (a, b, c) = ($0[1].cast(to: .float32), $0[2].cast(to: .float32), $0[3].cast(to: .float32))
          return (x * a + b + c).cast(to: dtype)
        },
      ]
    }

  private static let wholeNumbers: [OpRow] = {
    let ends: [Int64] = [
      0, 1, -1, 7, .max, .min, 0x7FFF_FFFF, 0x8000_0000, -0x8000_0000, -0x8000_0001, 0xFFFF_FFFF, 1 << 32,
      -1 << 32,
    ]
    let stored = OpRow.Input.values(TensorValues(ends, shape: [ends.count]))
    return [
      row("cast(int32)", "of int64, beyond its range too", stored) { $0[0].cast(to: .int32) },
      row("cast(float32)", "of int64", .values(TensorValues(ends.prefix(4).map { $0 }, shape: [4]))) {
        $0[0].cast(to: .float32)
      },
      row("cast(bool)", "of int64", stored) { $0[0].cast(to: .bool) },
      row("cast(int64)", "of int32", .integers([131], Int32.min..<Int32.max)) { $0[0].cast(to: .int64) },
      row("cast(int64)", "of floats, beyond int32 too", .real([131], from: -4e9, to: 4e9)) {
        $0[0].cast(to: .int64)
      },
      row("cast(int64)", "of bytes", .bytes([3, 5, 7])) { $0[0].cast(to: .int64) },
    ]
  }()

  private static let truths: [OpRow] = {
    let special = TensorValues(
      [Float.nan, .infinity, -.infinity, 0, -0.0, 1, -3, 1e-30, 0.5], shape: [9])
    let some = OpRow.Input.values(bits(77, [7, 11])), others = OpRow.Input.values(bits(78, [6, 13]))
    return [
      row("cast(bool)", "of floats, NaN too", .values(special)) { $0[0].cast(to: .bool) },
      row("cast(bool)", "of int32", .integers([7, 11], -1..<2)) { $0[0].cast(to: .bool) },
      row("cast(bool)", "of bytes", .bytes([5, 53])) { $0[0].cast(to: .bool) },
      row("cast(uint8)", "of bool", others) { $0[0].cast(to: .uint8) },
      row("cast(int64)", "of bool", others) { $0[0].cast(to: .int64) },
      row("cast(float32)", "of bool", others) { $0[0].cast(to: .float32) },
      row("cast(float16)", "of bool", others) { $0[0].cast(to: .float16) },
      OpRow("less", "of bool", [some, .values(bits(7, [7, 1]))], .exact, gradient: false) { $0[0] .< $0[1] },
      OpRow("equal", "of bool", [some, .values(bits(11, [11]))], .exact, gradient: false) { $0[0] .== $0[1] },
      OpRow("minimum", "and, or, not", [some, .real([7, 11], from: -1, to: 1)], .exact, gradient: false) {
        ($0[0] .& (0 .< $0[1])) .| .!$0[0].transposed().reshaped([7, 11])
      },
      OpRow("multiply", "by bool", [.real([7, 11], from: -1, to: 1), some], .exact) { $0[0] * $0[1] },
      row("sum", "of bool", some) { $0[0].sum([1]) },
      OpRow("select", "by bool", [.real([7, 11], from: -1, to: 1), some], .exact) {
        select($0[1], $0[0], 2 * $0[0])
      },
    ]
  }()

  /// Every movement of every type, of odd numbers of elements, so that words are shared between rows.
  private static let movements: [OpRow] = [DType.float16, .bfloat16, .int64, .bool].flatMap {
    dtype -> [OpRow] in
    let x = OpRow.Input.values(numbers(105, dtype, [3, 5, 7]))
    let y = OpRow.Input.values(numbers(63, dtype, [3, 3, 7]))
    return [
      row("reshape", "of \(dtype)", x) { $0[0].reshaped([15, 7]) },
      row("transpose", "of \(dtype)", x) { $0[0].transposed([2, 0, 1]) },
      row("slice", "of \(dtype)", x) { $0[0].sliced(from: [1, 0, 2], [2, 5, 3]) },
      row("pad", "of \(dtype)", x) { $0[0].padded(before: [1, 0, 2], after: [0, 3, 1]) },
      row("broadcast", "of \(dtype)", .values(numbers(5, dtype, [5, 1]))) { $0[0].broadcast(to: [3, 5, 7]) },
      OpRow("gather", "of \(dtype), by int64", [x, .values(places)], .exact, gradient: false) {
        $0[0].gathered(at: $0[1])
      },
      OpRow("gather", "of \(dtype), by bytes, then transposed", [x, .bytes([9])], .exact, gradient: false) {
        $0[0].gathered(at: $0[1]).transposed()
      },
      OpRow("pad", "joins \(dtype)", [x, y, x], .exact, gradient: false) { concatenate($0, axis: 1) },
      OpRow("select", "of \(dtype)", [x, x, .integers([3, 5, 7], 0..<2)], .exact, gradient: false) {
        select($0[2], $0[0], $0[1].transposed().reshaped([3, 5, 7]))
      },
    ]
  }

  private static let places = TensorValues([Int64(2), 0, -5, 1 << 40, 1, 2, -1 << 40], shape: [7])

  private static func row(
    _ name: String, _ note: String, _ input: OpRow.Input, _ build: @escaping @Sendable ([Tensor]) -> Tensor
  ) -> OpRow {
    OpRow(name, note, [input], .exact, gradient: false, build)
  }

  /// Numbers that differ, of both signs, some of which only the type's last bit tells apart; all bits of an int64.
  private static func numbers(_ count: Int, _ dtype: DType, _ shape: Shape? = nil) -> TensorValues {
    var generator = SplitMix64(seed: UInt64(count))
    let shape = shape ?? [count]
    switch dtype {
    case .int64:
      return TensorValues(
        (0..<count).map { _ in Int64.random(in: .min ... .max, using: &generator) }, shape: shape)
    case .bool: return bits(count, shape)
    default:
      return TensorValues(
        converting: (0..<count).map { Double(Int($0) * 37 % 251 - 125) / 64 }, shape: shape, to: dtype)
    }
  }

  private static func bits(_ seed: Int, _ shape: Shape) -> TensorValues {
    var generator = SplitMix64(seed: UInt64(seed))
    return TensorValues((0..<shape.count).map { _ in Bool.random(using: &generator) }, shape: shape)
  }
}
