import Tensors

extension OpTable {
  private static func unary(
    _ name: String, _ input: OpRow.Input, _ tolerance: Tolerance, gradient: Bool = true,
    _ f: @escaping @Sendable (Tensor) -> Tensor
  ) -> OpRow {
    OpRow(name, "7×11", [input], tolerance, gradient: gradient) { f($0[0]) }
  }

  private static func binary(
    _ name: String, _ note: String, _ a: OpRow.Input, _ b: OpRow.Input, _ tolerance: Tolerance,
    gradient: Bool = true,
    _ f: @escaping @Sendable (Tensor, Tensor) -> Tensor
  ) -> OpRow {
    OpRow(name, note, [a, b], tolerance, gradient: gradient) { f($0[0], $0[1]) }
  }

  private static let wide = OpRow.Input.real([7, 11], from: -4, to: 4)
  private static let positive = OpRow.Input.real([7, 11], from: 0.1, to: 4)
  private static let kinked = OpRow.Input.awayFromZero([7, 11])
  private static let counts = OpRow.Input.integers([7, 11], -100..<100)

  static let pointwise: [OpRow] = [
    unary("negate", wide, .exact) { -$0 },
    unary("abs", kinked, .exact) { abs($0) },
    unary("exp", wide, .elementary) { exp($0) },
    OpRow(
      "exp", "large and small arguments", [.real([101], from: -80, to: 80)], .relative(2e-5), gradient: false
    ) {
      exp($0[0])  // the rounding of x · log₂e grows with x
    },
    unary("expm1", wide, .elementary) { expm1($0) },
    OpRow("expm1", "near zero", [.real([101], from: -1e-3, to: 1e-3)], .relative(5e-7), gradient: false) {
      expm1($0[0])
    },
    unary("log", positive, .elementary) { log($0) },
    unary("log1p", positive, .elementary) { log1p($0) },
    OpRow("log1p", "near zero", [.real([101], from: -1e-3, to: 1e-3)], .relative(5e-7), gradient: false) {
      log1p($0[0])
    },
    unary("sin", wide, .elementary) { sin($0) },
    OpRow("sin", "many turns", [.real([1009], from: -1e5, to: 1e5)], .elementary, gradient: false) {
      sin($0[0])
    },
    OpRow("sin", "beyond 2⁵⁰", [.real([1009], from: -1e22, to: 1e22)], .elementary, gradient: false) {
      sin($0[0])
    },
    unary("cos", wide, .elementary) { cos($0) },
    OpRow("cos", "many turns", [.real([1009], from: -1e5, to: 1e5)], .elementary, gradient: false) {
      cos($0[0])
    },
    unary("erf", .real([7, 11], from: -2, to: 2), .elementary) { erf($0) },
    OpRow("erf", "near zero", [.real([101], from: -1e-3, to: 1e-3)], .relative(5e-7), gradient: false) {
      erf($0[0])
    },
    unary("sqrt", positive, .elementary) { sqrt($0) },
    unary("tanh", wide, .elementary) { tanh($0) },
    unary("sigmoid", wide, .elementary) { sigmoid($0) },
    OpRow("sigmoid", "far out", [.real([97], from: -200, to: 200)], .elementary, gradient: false) {
      sigmoid($0[0])
    },
    unary("relu", kinked, .exact) { relu($0) },
    unary("floor", wide, .exact, gradient: false) { floor($0) },
    unary("cast(float32)", counts, .exact, gradient: false) { $0.cast(to: .float32) },
    unary("cast(int32)", wide, .exact, gradient: false) { $0.cast(to: .int32) },
    OpRow("cast(float32)", "bytes", [.bytes([3, 5, 7])], .exact, gradient: false) {
      $0[0].cast(to: .float32)
    },
    OpRow("cast(uint8)", "out of range", [.real([13, 5], from: -100, to: 400)], .exact, gradient: false) {
      $0[0].cast(to: .uint8)
    },
    binary("add", "7×11", wide, wide, .rounding) { $0 + $1 },
    binary("add", "a row to each", .real([13, 17], from: -1, to: 1), .real([17], from: -1, to: 1), .rounding)
    {
      $0 + $1
    },
    binary(
      "add", "a column to each", .real([16, 32], from: -1, to: 1), .real([16, 1], from: -1, to: 1), .rounding
    ) {
      $0 + $1
    },
    // Broadcast runs of 128 and 384 elements, which end within blocks, next to repeated rows.
    OpRow(
      "multiply", "by one number for each run, plus rows",
      [
        .real([5, 3, 3, 128], from: -1, to: 1), .real([5, 1, 1, 1], from: -1, to: 1),
        .real([3, 3, 1], from: -1, to: 1), .real([128], from: -1, to: 1), .real([64], from: -1, to: 1),
      ], .sum(of: 4), gradient: false
    ) { $0[0] * $0[1] * $0[2] + $0[3] + $0[4].broadcast(to: [2, 64]).reshaped([128]) },
    binary("add", "int32", counts, counts, .exact, gradient: false) { $0 + $1 },
    binary("subtract", "7×11", wide, wide, .rounding) { $0 - $1 },
    binary("multiply", "7×11", wide, wide, .rounding) { $0 * $1 },
    binary(
      "multiply", "both stretched", .real([5, 1, 7], from: -1, to: 1), .real([3, 1], from: -1, to: 1),
      .rounding
    ) {
      $0 * $1
    },
    binary(
      "multiply", "int32, wrapping", .integers([77], Int32.min..<Int32.max), .integers([77], 1..<3), .exact,
      gradient: false
    ) {
      $0 * $1
    },
    binary("divide", "7×11", wide, positive, .elementary) { $0 / $1 },
    binary("divide", "int32, by zero too", counts, .integers([7, 11], -3..<4), .exact, gradient: false) {
      $0 / $1
    },
    binary("remainder", "int32, by zero too", counts, .integers([7, 11], -3..<4), .exact, gradient: false) {
      $0 % $1
    },
    binary("remainder", "of floats", wide, positive, .exact, gradient: false) { $0 % $1 },
    OpRow("maximum", "7×11", [.distinct([7, 11])], .exact) {
      maximum($0[0], $0[0].transposed().reshaped([7, 11]))
    },
    OpRow("minimum", "7×11", [.distinct([7, 11])], .exact) {
      minimum($0[0], $0[0].transposed().reshaped([7, 11]))
    },
    // The middle of the elements, where a second thread starts, is within a run.
    OpRow(
      "maximum", "with one number for each of 63 runs",
      [.distinct([9, 7, 128]), .real([9, 7, 1], from: -1, to: 1)], .exact, gradient: false
    ) { maximum($0[0], $0[1]) },
    binary("power", "7×11", positive, .real([7, 11], from: -2, to: 2), .relative(1e-6)) { power($0, $1) },
    OpRow("power", "of negative bases", [kinked, .integers([7, 11], -3..<4)], .relative(1e-6)) {
      power($0[0], $0[1].cast(to: $0[0].dtype))
    },
    // The function reads the broadcast scalar as a vector.
    OpRow(
      "power", "by one number for each run, plus another",
      [
        .real([3, 5, 256], from: 0.5, to: 2), .real([3, 5, 1], from: -2, to: 2),
        .real([3, 1, 1], from: 0.5, to: 1),
      ], .relative(1e-6), gradient: false
    ) { power($0[0], $0[1]) + $0[2] },
    binary("equal", "int32", .integers([7, 11], 0..<3), .integers([7, 11], 0..<3), .exact, gradient: false) {
      $0 .== $1
    },
    binary("less", "7×11", wide, wide, .exact, gradient: false) { $0 .< $1 },
    OpRow("select", "by a comparison", [wide, wide, .integers([7, 11], 0..<2)], .exact) {
      select($0[2], $0[0], $0[1])
    },
  ]

  /// Chains that are fused into one kernel, and chains that must not be.
  static let fusion: [OpRow] = [
    OpRow(
      "add", "a chain of six, as large as several blocks",
      [.real([1237], from: -1, to: 1), .real([1237], from: 1, to: 2)], .elementary, gradient: false
    ) {
      let (a, b) = ($0[0], $0[1])
      return sigmoid((a * b + 1) / b - 0.5 * a) * 0.5
    },
    OpRow("multiply", "two results that share a chain", [.real([31, 5], from: -1, to: 1)], .elementary) {
      let y = exp($0[0])
      return y * y.sum([0], keepingAxes: true)
    },
    OpRow("add", "one operand in place, one transposed", [.real([19, 19], from: -1, to: 1)], .rounding) {
      $0[0] * 2 + $0[0].transposed()
    },
    OpRow(
      "multiply", "scalars beside a tensor", [.real([], from: 1, to: 2), .real([3, 3], from: 1, to: 2)],
      .rounding
    ) {
      ($0[0] + 1) * $0[1]
    },
    OpRow("multiply", "more steps than one kernel takes", [.real([29], from: 0.9, to: 1.1)], .relative(1e-4))
    { x in
      (0..<80).reduce(x[0]) { y, i in y * (i % 2 == 0 ? 1.1 : 0.9) + (i % 2 == 0 ? -0.01 : 0.01) }
    },
  ]
}
