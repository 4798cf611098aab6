import CPUBackend
import Execution
import Programs
import Tensors
import TestSupport
import Testing

#if VULKAN
import VulkanBackend
#endif

/// The tolerance: |a − b| ≤ relative · (|b| + floor · max |b|).
private struct Nearness {
  let relative: Double
  let floor: Double

  func firstMiss(_ actual: [Double], _ expected: [Double]) -> String? {
    let greatest = expected.reduce(0) { max($0, abs($1)) }
    for (index, (a, b)) in zip(actual, expected).enumerated()
    where !(abs(a - b) <= relative * (abs(b) + floor * greatest)) {
      return "element \(index) is \(a), but the golden number is \(b)"
    }
    return actual.count == expected.count ? nil : "\(actual.count) elements, not \(expected.count)"
  }
}

@Suite("Golden numbers", .serialized)
struct GoldenTests {
  @Test("are all there, and every kind is known")
  func complete() {
    #expect(Golden.all.count == 28)
    #expect(Golden.all.filter { $0.expression(.float64) == nil }.map(\.name) == [])
  }

  @Test("are met by the float64 reference", arguments: Golden.all)
  func reference(_ golden: Golden) throws {
    // The gradients are central differences, exact to about 1e-8 of the largest.
    try check(
      golden, .float64, on: CPUBackend(.reference), Nearness(relative: 1e-9, floor: 1e-6),
      gradients: Nearness(relative: 1e-6, floor: 1e-2))
  }

  @Test("are met by the accelerated CPU in float32", arguments: Golden.all)
  func accelerated(_ golden: Golden) throws {
    // Dot products of up to 147 terms of size 10, and normalization of numbers around 12: some dozen
    // roundings.
    try check(
      golden, .float32, on: CPUBackend(), Nearness(relative: 1e-5, floor: 1),
      gradients: Nearness(relative: 1e-5, floor: 1))
  }

  #if VULKAN
  @Test("are met by Vulkan in float32", .enabled(if: VulkanUnderTest.missing == nil))
  func vulkan() throws {
    let backend = try VulkanUnderTest.backend()
    for golden in Golden.all {
      // As above; besides, Vulkan rounds quotients and roots to a few ulp.
      try check(
        golden, .float32, on: backend, Nearness(relative: 2e-5, floor: 1),
        gradients: Nearness(relative: 2e-5, floor: 1))
    }
    #expect(backend.validationMessages == [])
  }

  @Test("are met by Vulkan in float64", .enabled(if: VulkanUnderTest.missingFloat64 == nil))
  func vulkanFloat64() throws {
    let backend = try VulkanUnderTest.backend()
    for golden in Golden.all {
      // The same tolerance as for the reference.
      try check(
        golden, .float64, on: backend, Nearness(relative: 1e-9, floor: 1e-6),
        gradients: Nearness(relative: 1e-6, floor: 1e-2))
    }
    #expect(backend.validationMessages == [])
  }
  #endif

  private func check(
    _ golden: Golden, _ dtype: DType, on backend: any Backend, _ nearness: Nearness, gradients near: Nearness
  ) throws {
    let expression = try #require(golden.expression(dtype))
    for (key, numbers) in golden.inputs {
      try backend.write(numbers.values(dtype), to: #require(expression.states[key]))
    }
    var expected = [("the result", expression.result, golden.output, nearness)]
    for (key, numbers) in golden.nextState ?? [:] {
      expected.append((key, try #require(expression.next[key]), numbers, nearness))
    }
    if let upstream = golden.upstream, let numbers = golden.gradients {
      let keys = numbers.keys.sorted()
      let targets = try keys.map { try #require(expression.states[$0]).value }
      let found = Tensors.gradients(
        of: expression.result, upstream: Tensor(upstream.values(dtype)), at: targets)
      for (key, gradient) in zip(keys, found) {
        expected.append(("the gradient of \(key)", gradient, try #require(numbers[key]), near))
      }
    }
    let program = try Program(golden.name, outputs: expected.map { (name: $0.0, tensor: $0.1) })
    let executable = try backend.compile(program)
    try executable.run(steps: 1)
    for (index, (name, _, numbers, nearness)) in expected.enumerated() {
      let miss = nearness.firstMiss(try executable.output(index).doubles, numbers.data)
      #expect(miss == nil, "\(golden.testDescription): \(name)")
    }
  }
}
