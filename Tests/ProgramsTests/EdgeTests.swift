import CPUBackend
import Execution
import Programs
import Tensors
import TestSupport
import Testing

#if VULKAN
import VulkanBackend
#endif

/// An expression, and its expected value on every backend.
struct EdgeCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let tensor: Tensor
  let expected: [Double]

  init(_ name: String, _ tensor: Tensor, _ expected: [Double]) {
    testDescription = name
    self.tensor = tensor
    self.expected = expected
  }

  private static func floats(_ numbers: [Float], _ shape: Shape? = nil) -> Tensor {
    let values = TensorValues(numbers, shape: shape ?? [numbers.count])
    return State("x", values.shape, role: .data, initial: .values(values)).value
  }

  private static func integers(_ numbers: [Int32]) -> Tensor {
    let values = TensorValues(numbers, shape: [numbers.count])
    return State("n", values.shape, dtype: .int32, role: .data, initial: .values(values)).value
  }

  static let all: [EdgeCase] = views + whole + onlyCPU + empty

  /// The non-empty cases for every backend.
  static let full: [EdgeCase] = views + whole

  static let wrappingSum = EdgeCase(
    "int32 sums over an axis wrap", integers([.max, 1, 1]).sum(), [Double(Int32.min + 1)])

  private static let views: [EdgeCase] = [
    EdgeCase("no zeros around one element", floats([3]).padded(before: [0], after: [0]) * 2, [6]),
    EdgeCase(
      "zeros around, and away again",
      floats([3, 4, 5]).padded(before: [2], after: [2]).sliced(from: [3], [1]) * 2, [8]),
    EdgeCase(
      "one of the zeros around", floats([3, 4]).padded(before: [2], after: [0]).sliced(from: [1], [1]) + 1,
      [1]),
    EdgeCase(
      "the gradient of a slice of all",
      gradients(of: floats([3]).sliced(from: [0], [1]).sum() * 2, at: [floats([1])])[0], [0]),
    EdgeCase(
      "ten axes",
      floats(Array(repeating: 1, count: 1024), Shape(Array(repeating: 2, count: 10)))
        .transposed().sliced(from: Array(repeating: 0, count: 10), Shape([2] + Array(repeating: 1, count: 9)))
        .reshaped([2]) + 1, [2, 2]),
  ]

  private static let whole: [EdgeCase] = [
    EdgeCase(
      "int32 products beyond 2⁵³ wrap",
      integers([123_456_789, .max, .min, -5]) * integers([987_654_321, .max, .min, 7]),
      [Double(Int32(123_456_789) &* 987_654_321), 1, 0, -35]),
    EdgeCase(
      "int32 sums and differences wrap", integers([.max, .min]) + integers([1, -1]),
      [Double(Int32.min), Double(Int32.max)]),
    EdgeCase(
      "int32 quotients wrap", integers([.min, 7, -7, 5]) / integers([-1, 2, 2, 0]),
      [Double(Int32.min), 3, -3, 0]),
    EdgeCase(
      "int32 remainders", integers([.min, 7, -7, 5]) % integers([-1, 2, 2, 0]), [0, 1, -1, 0]),
    EdgeCase(
      "floats that int32 cannot hold become its nearest",
      floats([3e9, -3e9, .infinity, -.infinity, .nan, 2.9, -2.9]).cast(to: .int32),
      [Double(Int32.max), Double(Int32.min), Double(Int32.max), Double(Int32.min), 0, 2, -2]),
    EdgeCase(
      "floats that uint8 cannot hold become its nearest",
      floats([300, -3, .infinity, .nan, 255.9]).cast(to: .uint8), [255, 0, 255, 0, 255]),
    EdgeCase("float remainders", floats([7.5, -7.5, 5]) % floats([2, 2, -3]), [1.5, -1.5, 2]),
    EdgeCase(
      "NaN comes through comparisons",
      maximum(floats([.nan, 1, 2]), floats([1, .nan, 3]))
        + minimum(floats([1, .nan, 2]), floats([1, 1, 3])),
      [.nan, .nan, 5]),
    EdgeCase("NaN comes through relu", relu(floats([.nan, -1, 2])), [.nan, 0, 2]),
    EdgeCase("NaN is the greatest", floats([1, .nan, 3]).max(), [.nan]),
    EdgeCase("NaN is where it is", floats([1, .nan, 3]).argmax(), [1]),
    EdgeCase("equal to nothing", (floats([.nan, 1]) .== floats([.nan, 1])).cast(to: .float32), [0, 1]),
    EdgeCase("chosen as any number", select(floats([.nan, 0]), floats([1, 1]), floats([2, 2])), [1, 2]),
    EdgeCase("far out", tanh(floats([-100, 100, .infinity])), [-1, 1, 1]),
    EdgeCase("0 and −0 apart", floats([1, 1]) / (Tensor(0) * Tensor(-1)), [-.infinity, -.infinity]),
  ]

  /// On Vulkan, the floating-point remainder has only the precision of the quotient.
  static let onlyCPU: [EdgeCase] = [
    EdgeCase("far remainders", floats([1e8, 5]) % floats([3, .infinity]), [1, 5])
  ]

  static let empty: [EdgeCase] = [
    EdgeCase("nothing", floats([], [0, 3]) * 2, []),
    EdgeCase("nothing, stretched", floats([], [0, 1]) + floats([1, 2]), []),
    EdgeCase("the sum of nothing", floats([], [0, 3]).sum([0]) + 1, [1, 1, 1]),
    EdgeCase("no sums of nothing", floats([], [5, 3, 0]).sum([1]), []),
    EdgeCase("a product of nothing", matmul(floats([], [2, 0]), floats([], [0, 2])) + 1, [1, 1, 1, 1]),
    EdgeCase("no product", matmul(floats([], [0, 2]), floats([1, 2], [2, 1])), []),
    EdgeCase("zeros around nothing", floats([], [0]).padded(before: [1], after: [1]) + 1, [1, 1]),
    EdgeCase("no rows", floats([1, 2], [2, 1]).gathered(at: integers([])), []),
    EdgeCase("no rows added", scatterAdd(floats([], [0, 2]), at: integers([]), rows: 2), [0, 0, 0, 0]),
    EdgeCase("no losses", softmaxCrossEntropy(floats([], [0, 2]), integers([])), []),
  ]
}

@Suite("Edges")
struct EdgeTests {
  private func check(_ edge: EdgeCase, on backend: any Backend) throws {
    var options = Program.Options()
    options.guardByteCount = 256
    let program = try Program(edge.testDescription, outputs: [("y", edge.tensor)], options: options)
    let executable = try backend.compile(program)
    let inspectable = try #require(executable as? any InspectableExecutable)
    try inspectable.fillArena(with: 0xFF)
    try executable.run(steps: 1)
    let actual = try executable.output(0).doubles
    let agrees =
      actual.count == edge.expected.count
      && zip(actual, edge.expected).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
    #expect(agrees, "\(edge.testDescription): \(actual) instead of \(edge.expected)")
    var free = try inspectable.arenaBytes()
    for value in backend.planned(program).values {
      guard case .arena(let offset) = value.storage else { continue }
      for byte in offset..<offset + value.type.byteCount { free[byte] = 0xFF }
    }
    #expect(free.allSatisfy { $0 == 0xFF }, "\(edge.testDescription) writes outside its memory")
  }

  @Test("come out right on the reference kernels", arguments: EdgeCase.all)
  func reference(_ edge: EdgeCase) throws { try check(edge, on: CPUBackend(.reference)) }

  @Test("come out right on the fast kernels", arguments: EdgeCase.all)
  func accelerated(_ edge: EdgeCase) throws { try check(edge, on: CPUBackend(.accelerated)) }

  #if VULKAN
  @Test("come out right on Vulkan", .enabled(if: VulkanUnderTest.missing == nil))
  func vulkan() throws {
    let backend = try VulkanUnderTest.backend()
    for edge in EdgeCase.full { try check(edge, on: backend) }
    #expect(backend.validationMessages == [])
  }

  // In separate processes, because a trap ends the process.

  @Test("of no elements come out right on Vulkan", .enabled(if: VulkanUnderTest.missing == nil))
  func emptyOnVulkan() async {
    await #expect(processExitsWith: .success) {
      let backend = try VulkanUnderTest.backend()
      for edge in EdgeCase.empty { try EdgeTests().check(edge, on: backend) }
      #expect(backend.validationMessages == [])
    }
  }

  @Test(
    "of a program without any memory are no trouble on Vulkan", .enabled(if: VulkanUnderTest.missing == nil))
  func noArena() async {
    await #expect(processExitsWith: .success) {
      let x = State("x", [0, 3], role: .data)
      let program = try Program("empty", outputs: [("y", x.value * 2)])
      let executable = try VulkanUnderTest.backend().compile(program)
      try executable.run(steps: 2)
      #expect(try executable.output(0).doubles == [])
    }
  }

  @Test("of a value without elements at the arena's end", .enabled(if: VulkanUnderTest.missing == nil))
  func arenaEnd() async {
    await #expect(processExitsWith: .success) {
      let (x, y) = (State("x", [0, 3], role: .data), State("y", [64], role: .data))
      let program = try Program("empty", outputs: [("x", x.value * 2), ("y", y.value + 1)])
      let executable = try VulkanUnderTest.backend().compile(program)
      try executable.run(steps: 1)
      #expect(try executable.output(1).doubles == [Double](repeating: 1, count: 64))
    }
  }

  @Test(
    "of states without elements can be read and written on Vulkan",
    .enabled(if: VulkanUnderTest.missing == nil))
  func emptyState() async {
    await #expect(processExitsWith: .success) {
      let backend = try VulkanUnderTest.backend()
      let x = State("x", [0, 3], role: .data)
      try backend.write(backend.read(x), to: x)
    }
  }
  @Test("of tall matrices are multiplied on Vulkan", .enabled(if: VulkanUnderTest.missing == nil))
  func tallMatrix() async {
    await #expect(processExitsWith: .success) {
      // More rows of tiles than the limit on workgroups along y.
      let (a, b) = (State("a", [530_000, 1], role: .data), State("b", [1, 1], role: .data))
      let program = try Program("tall", outputs: [("y", matmul(a.value, b.value).sum())])
      try VulkanUnderTest.backend().compile(program).run(steps: 1)
    }
  }
  #endif

  @Test("of int32 sums wrap")
  func wrappingSum() async {
    await #expect(processExitsWith: .success) {
      for (_, backend) in try everyBackend() { try EdgeTests().check(EdgeCase.wrappingSum, on: backend) }
    }
  }

  @Test("of numbers that a type cannot hold are mistakes, not traps", arguments: [DType.int32, .uint8])
  func literals(_ dtype: DType) {
    for number in [1e10, -1e10, .nan, .infinity, 0.5] {
      #expect(Tensor(number, dtype: dtype).error != nil, "\(number)")
    }
    #expect(Tensor(7, dtype: dtype).error == nil)
  }

  @Test("of a chain with many outputs fit into kernels")
  func manyResults() throws {
    let x = State("x", [3], role: .data, initial: .constant(1)).value
    var outputs: [(name: String, tensor: Tensor)] = []
    for index in 0..<40 { outputs.append(("y\(index)", (outputs.last?.tensor ?? x) + Double(index))) }
    let program = try Program("test", outputs: outputs)
    // The limit on a fused kernel's outputs, and half of the buffers that small Vulkan devices can bind.
    for instruction in program.instructions { #expect(instruction.outputs.count <= 16) }
    var distinct = x
    for index in 1...60 { distinct = distinct * (1 + 0.015625 * Double(index)) + 0.25 * Double(index) }
    for instruction in try Program("test", outputs: [("y", distinct)]).instructions {
      guard case .pointwise(let kernel) = instruction.kernel else { continue }
      #expect(kernel.steps.count <= 96, "more than a chain takes")
    }
  }
}
