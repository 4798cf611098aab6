import CPUBackend
import Foundation
import Execution
import Programs
import Tensors
import TestSupport
import Testing

#if VULKAN
import VulkanBackend
#endif

/// A pointwise operation on signed zeros, infinities, NaN, numbers at the ends of the range, integers and
/// negative bases.
///
/// The expected results follow IEEE 754 and the C library, as PyTorch's do.
private struct EdgeRow: Sendable {
  let name: String
  let arity: Int
  /// The allowed relative error; 0 for bit equality, including the sign of zero.
  let bound: Double
  /// True if either zero is allowed, because the definition leaves it open.
  let hasOpenZero: Bool
  let build: @Sendable ([Tensor]) -> Tensor
  let exact: @Sendable ([Double]) -> Double

  init(
    _ name: String, _ arity: Int, within bound: Double = 0, openZero: Bool = false,
    _ build: @escaping @Sendable ([Tensor]) -> Tensor, _ exact: @escaping @Sendable ([Double]) -> Double
  ) {
    (self.name, self.arity, self.bound, hasOpenZero) = (name, arity, bound, openZero)
    (self.build, self.exact) = (build, exact)
  }

  /// Computed in float64 and rounded to float32: exact for arithmetic, nearly so for functions.
  static let floats: [EdgeRow] = [
    EdgeRow("negate", 1, { -$0[0] }, { -$0[0] }),
    EdgeRow("abs", 1, { Tensors.abs($0[0]) }, { $0[0].magnitude }),
    // The rounding of x · log₂ e grows with x.
    EdgeRow("exp", 1, within: 2e-5, { Tensors.exp($0[0]) }, { Foundation.exp($0[0]) }),
    EdgeRow("expm1", 1, within: 5e-7, { Tensors.expm1($0[0]) }, { Foundation.expm1($0[0]) }),
    EdgeRow("log", 1, within: 2e-6, { Tensors.log($0[0]) }, { Foundation.log($0[0]) }),
    EdgeRow("log1p", 1, within: 2e-6, { Tensors.log1p($0[0]) }, { Foundation.log1p($0[0]) }),
    // In float64 on Vulkan far angles are reduced with an absolute error of some roundings of 1.
    EdgeRow("sin", 1, within: 4e-5, { Tensors.sin($0[0]) }, { Foundation.sin($0[0]) }),
    EdgeRow("cos", 1, within: 4e-5, { Tensors.cos($0[0]) }, { Foundation.cos($0[0]) }),
    EdgeRow("erf", 1, within: 2e-6, { Tensors.erf($0[0]) }, { Foundation.erf($0[0]) }),
    EdgeRow("sqrt", 1, within: 3e-7, { Tensors.sqrt($0[0]) }, { $0[0].squareRoot() }),
    EdgeRow("tanh", 1, within: 2e-6, { Tensors.tanh($0[0]) }, { Foundation.tanh($0[0]) }),
    EdgeRow("sigmoid", 1, within: 2e-5, { Tensors.sigmoid($0[0]) }, { 1 / (1 + Foundation.exp(-$0[0])) }),
    EdgeRow("relu", 1, openZero: true, { relu($0[0]) }, { $0[0] < 0 ? 0 : $0[0] }),
    EdgeRow("floor", 1, { Tensors.floor($0[0]) }, { Foundation.floor($0[0]) }),
    EdgeRow("cast(int32)", 1, { $0[0].cast(to: .int32) }, { cut($0[0], -0x1p31...0x1p31 - 1) }),
    EdgeRow("cast(uint8)", 1, { $0[0].cast(to: .uint8) }, { cut($0[0], 0...255) }),
    EdgeRow("add", 2, { $0[0] + $0[1] }, { $0[0] + $0[1] }),
    EdgeRow("subtract", 2, { $0[0] - $0[1] }, { $0[0] - $0[1] }),
    EdgeRow("multiply", 2, { $0[0] * $0[1] }, { $0[0] * $0[1] }),
    EdgeRow("divide", 2, within: 3e-7, { $0[0] / $0[1] }, { $0[0] / $0[1] }),
    EdgeRow(
      "maximum", 2, openZero: true, { maximum($0[0], $0[1]) },
      { $0[0].isNaN || $0[1].isNaN ? .nan : max($0[0], $0[1]) }),
    EdgeRow(
      "minimum", 2, openZero: true, { minimum($0[0], $0[1]) },
      { $0[0].isNaN || $0[1].isNaN ? .nan : min($0[0], $0[1]) }),
    EdgeRow("power", 2, within: 2e-6, { power($0[0], $0[1]) }, { pow($0[0], $0[1]) }),
    EdgeRow("remainder", 2, { $0[0] % $0[1] }, { fmod($0[0], $0[1]) }),
    EdgeRow("equal", 2, { $0[0] .== $0[1] }, { $0[0] == $0[1] ? 1 : 0 }),
    EdgeRow("less", 2, { $0[0] .< $0[1] }, { $0[0] < $0[1] ? 1 : 0 }),
    // A NaN is not zero.
    EdgeRow("select", 2, { select($0[0], $0[0], $0[1]) }, { $0[0] != 0 ? $0[0] : $0[1] }),
  ]

  static let integers: [EdgeRow] = [
    EdgeRow("negate", 1, { -$0[0] }, { wrapped(-$0[0]) }),
    EdgeRow("abs", 1, { Tensors.abs($0[0]) }, { wrapped($0[0].magnitude) }),
    EdgeRow("relu", 1, { relu($0[0]) }, { max($0[0], 0) }),
    EdgeRow("cast(float32)", 1, { $0[0].cast(to: .float32) }, { Double(Float($0[0])) }),
    EdgeRow("cast(uint8)", 1, { $0[0].cast(to: .uint8) }, { cut($0[0], 0...255) }),
    EdgeRow("add", 2, { $0[0] + $0[1] }, { wrapped($0[0] + $0[1]) }),
    EdgeRow("subtract", 2, { $0[0] - $0[1] }, { wrapped($0[0] - $0[1]) }),
    EdgeRow("multiply", 2, { $0[0] * $0[1] }, { Double(Int32($0[0]) &* Int32($0[1])) }),
    EdgeRow(
      "divide", 2, { $0[0] / $0[1] }, { $0[1] == 0 ? 0 : wrapped(($0[0] / $0[1]).rounded(.towardZero)) }),
    EdgeRow("remainder", 2, { $0[0] % $0[1] }, { $0[1] == 0 ? 0 : wrapped(fmod($0[0], $0[1])) }),
    EdgeRow("maximum", 2, { maximum($0[0], $0[1]) }, { max($0[0], $0[1]) }),
    EdgeRow("minimum", 2, { minimum($0[0], $0[1]) }, { min($0[0], $0[1]) }),
    EdgeRow("equal", 2, { $0[0] .== $0[1] }, { $0[0] == $0[1] ? 1 : 0 }),
    EdgeRow("less", 2, { $0[0] .< $0[1] }, { $0[0] < $0[1] ? 1 : 0 }),
    EdgeRow("select", 2, { select($0[0], $0[0], $0[1]) }, { $0[0] != 0 ? $0[0] : $0[1] }),
  ]

  static let bytes: [EdgeRow] = [
    EdgeRow("cast(int32)", 1, { $0[0].cast(to: .int32) }, { $0[0] }),
    EdgeRow("cast(float32)", 1, { $0[0].cast(to: .float32) }, { $0[0] }),
    EdgeRow("maximum", 2, { maximum($0[0], $0[1]) }, { max($0[0], $0[1]) }),
    EdgeRow("minimum", 2, { minimum($0[0], $0[1]) }, { min($0[0], $0[1]) }),
    EdgeRow("equal", 2, { $0[0] .== $0[1] }, { $0[0] == $0[1] ? 1 : 0 }),
    EdgeRow("less", 2, { $0[0] .< $0[1] }, { $0[0] < $0[1] ? 1 : 0 }),
    EdgeRow("select", 2, { select($0[0], $0[0], $0[1]) }, { $0[0] != 0 ? $0[0] : $0[1] }),
  ]

  /// Truncates, and clamps to a range; NaN becomes 0.
  private static func cut(_ x: Double, _ range: ClosedRange<Double>) -> Double {
    x.isNaN ? 0 : min(max(x.rounded(.towardZero), range.lowerBound), range.upperBound) + 0
  }

  /// Wraps around at 32 bits.
  private static func wrapped(_ x: Double) -> Double { Double(Int32(truncatingIfNeeded: Int64(x))) }
}

@Suite("Pointwise operations at the edges", .serialized)
struct PointwiseEdgeTests {
  private struct Device {
    let name: String
    let backend: any Backend
    /// Vulkan lets devices flush subnormal numbers to zero.
    let mayFlush: Bool
    /// Functions on a CPU are within 2 ulp; Vulkan allows more.
    let hasExactFunctions: Bool
  }

  private func devices(_ dtype: DType) throws -> [Device] {
    var devices = [CPUBackend.Kernels.reference, .accelerated].map {
      Device(name: "\($0)", backend: CPUBackend($0), mayFlush: false, hasExactFunctions: true)
    }
    #if VULKAN
    if VulkanUnderTest.missing == nil, dtype != .float64 || VulkanUnderTest.missingFloat64 == nil {
      for cards in [false, true] {
        devices.append(
          Device(
            name: "Vulkan", backend: try VulkanUnderTest.backend(cardKernels: cards), mayFlush: true,
            hasExactFunctions: false))
      }
    }
    #endif
    return devices
  }

  private static func floats(_ least: Double, _ normal: Double, _ most: Double, _ ulp: Double) -> [Double] {
    let positive: [Double] = [
      0, least, normal, 1e-30, 0.5, 1 - ulp / 2, 1, 1 + ulp, 1.5, 2, 2.5, 3, 41, 88.5, 255.5, 16_777_215,
      2_147_483_648,
      4e9, 1e30, most, .infinity,
    ]
    return positive + positive.map { -$0 } + [.nan]
  }

  @Test("float32") func float32() throws {
    let values = Self.floats(0x1p-149, 0x1p-126, Double(Float.greatestFiniteMagnitude), 0x1p-23)
    try check(EdgeRow.floats, values.map { Double(Float($0)) }, .float32)
  }

  @Test("float64") func float64() throws {
    let values = Self.floats(0x1p-1074, 0x1p-1022, .greatestFiniteMagnitude, 0x1p-52)
    try check(EdgeRow.floats, values, .float64)
  }

  @Test("int32") func int32() throws {
    try check(
      EdgeRow.integers,
      [
        0, 1, -1, 2, -2, 3, -3, 7, -7, 255, 256, -256, 46_341, 16_777_217, 0x1p31 - 1, 0x1p31 - 2, -0x1p31,
        1 - 0x1p31,
      ], .int32)
  }

  @Test("uint8") func uint8() throws { try check(EdgeRow.bytes, [0, 1, 2, 127, 128, 254, 255], .uint8) }

  /// Runs every row on every pair of numbers, on every backend.
  private func check(_ rows: [EdgeRow], _ numbers: [Double], _ dtype: DType) throws {
    let pairs = numbers.flatMap { a in numbers.map { (a, $0) } }
    let states = [pairs.map(\.0), pairs.map(\.1)].enumerated().map { index, column in
      let values = TensorValues(converting: column, shape: [column.count], to: dtype)
      return State("x\(index)", values.shape, dtype: dtype, role: .data, initial: .values(values))
    }
    let program = try Program(
      "edges", outputs: rows.map { ($0.name, $0.build(states.map(\.value))) })
    for device in try devices(dtype) {
      let executable = try device.backend.compile(program)
      try executable.run(steps: 1)
      for (index, row) in rows.enumerated() {
        let output = try executable.output(index)
        for (found, (a, b)) in zip(output.doubles, pairs) where row.arity == 2 || b == numbers[0] {
          let arguments = row.arity == 1 ? [a] : [a, b]
          let candidates = candidates(row, arguments, dtype, output.dtype, on: device)
          #expect(
            candidates.contains { agree(found, $0, row, dtype, on: device) },
            "\(device.name): \(row.name) of \(arguments) is \(found), not \(candidates[0])")
        }
      }
    }
  }

  /// The correct results: of the exact inputs and, if the device may flush, of inputs flushed to zero.
  private func candidates(
    _ row: EdgeRow, _ arguments: [Double], _ dtype: DType, _ output: DType, on device: Device
  ) -> [Double] {
    let isTiny = { (x: Double) in x != 0 && x.magnitude < (dtype == .float64 ? 0x1p-1022 : 0x1p-126) }
    func rounded(_ x: Double) -> Double { output == .float32 ? Double(Float(x)) : x }
    let exact = row.exact(arguments)
    var results = [rounded(exact)]
    guard device.mayFlush, dtype.isFloating else { return results }
    if arguments.contains(where: isTiny) {
      // The comparison may see them as zero while the selected operand keeps its value.
      if ["relu", "select", "maximum", "minimum"].contains(row.name) { results += arguments }
      results.append(rounded(row.exact(arguments.map { isTiny($0) ? 0 * $0 : $0 })))
    }
    // Flushing may be decided before or after rounding. A float64 is already rounded here: what is its least
    // normal number may have been below it.
    if isTiny(exact) || (dtype == .float64 && exact.magnitude == 0x1p-1022) { results.append(0 * exact) }
    return results
  }

  private func agree(_ a: Double, _ b: Double, _ row: EdgeRow, _ dtype: DType, on device: Device) -> Bool {
    if a.isNaN || b.isNaN { return a.isNaN && b.isNaN }
    if a == b { return row.hasOpenZero || row.bound > 0 || a != 0 || a.sign == b.sign }
    if a.isInfinite || b.isInfinite { return false }
    let bound =
      dtype == .float64 ? row.bound * 0x1p-28 : device.hasExactFunctions ? min(row.bound, 4e-7) : row.bound
    // A subnormal result has fewer digits.
    let tiny = dtype == .float64 ? 0x1p-1074 : 0x1p-149
    // Vulkan's log has an absolute error bound around 1.
    let slack = row.name == "log" && !device.hasExactFunctions && dtype == .float32 ? 0x1p-21 : 2 * tiny
    return abs(a - b) <= bound * abs(b) + (bound > 0 ? slack : 0)
  }
}
