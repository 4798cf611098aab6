import Diagnostics
import Devices
import CPUBackend
import Datasets
import Layers
import Models
import Optimizers
import Execution
import Programs
import Tensors
import TestSupport
import Testing

#if VULKAN
import VulkanBackend
#endif

@testable import Training

@Suite("Two backends in lockstep", .serialized)
struct StepComparisonTests {
  private static let others: [BackendChoice] =
    [.reference] + (VulkanUnderTest.missing == nil ? [.vulkan()] : [])

  private func trainer(
    _ model: any Layer, on backend: BackendChoice = .cpu,
    optimizer: any Optimizer = Momentum(learningRate: 0.01),
    change: (inout TrainingSettings) -> Void = { _ in }
  ) throws -> Trainer {
    var settings = TrainingSettings()
    settings.batchSize = 6
    settings.trainingSamples = 60
    settings.regularization = 1e-3
    change(&settings)
    func open(_ model: some Layer) throws -> Trainer {
      try Trainer(
        model, data: .bundled(), optimizer: optimizer, backend: backend, settings: settings, seed: 3)
    }
    return try open(model)
  }

  private static let models: [(name: String, model: any Layer)] = [
    ("two-layer net", TwoLayerNet(hidden: 33, classes: 10)),
    ("three-layer convnet", ThreeLayerConvNet(filters: 8, hidden: 20, classes: 10)),
    (
      "six-layer net",
      FullyConnectedNet(hidden: [31, 30, 29, 28, 27], classes: 10, normalization: .batch, dropout: 0.3)
    ),
    ("small ResNet", ResNet(.basic, depths: [1, 1], widths: [8, 16], classes: 10)),
    ("small VGG", VGG(groups: [[4], [8, 8]], classes: 10)),
  ]

  @Test("agree, forward, backward and in the update", arguments: models.indices, others)
  func agreement(index: Int, other: BackendChoice) throws {
    let (name, model) = Self.models[index]
    let trainer = try trainer(model, optimizer: index == 2 ? Adam() : Momentum(learningRate: 0.01)) {
      $0.augmentation = Augmentation(horizontalFlip: true, shift: 1)
      if index == 3 { $0.precision = .bfloat16 }
      if index == 4 { $0.recomputation = .blocks }
      if index == 1 { $0.dataResidency = .streamed }
    }
    // After two steps, because the moments are zero at first.
    try trainer.advance(2)
    let comparison = try trainer.compareStep(with: other)
    if let parting = comparison.parting { Issue.record("\(name): \(parting)") }
    for phase in ["forward", "backward", "update"] {
      #expect(comparison.values.contains { $0.phase == phase && $0.differing > 0 }, "\(name): \(phase)")
    }
    let order = comparison.values.map { ["forward", "backward", "update"].firstIndex(of: $0.phase) ?? 3 }
    #expect(order.first == 0 && order.last == 2)
    // Every updated state is compared once.
    let states = comparison.values.compactMap(\.state)
    for parameter in trainer.states.parameters {
      #expect(states.filter { $0 == parameter.name }.count == 1, "\(parameter.name)")
    }
    // Rounding differences are found, and almost nothing else.
    let elements = comparison.values.reduce(0) { $0 + $1.elements }
    #expect(comparison.values.reduce(0) { $0 + $1.unbounded } < elements / 20)
  }

  #if VULKAN
  @Test(
    "agree where all use of the device is validated", .enabled(if: VulkanUnderTest.missing == nil),
    arguments: models.indices)
  func validated(index: Int) throws {
    let (name, model) = Self.models[index]
    let trainer = try trainer(model)
    try trainer.advance(2)
    let device = try VulkanUnderTest.backend()
    let comparison = try trainer.compareStep(with: device, reason: "a validated device")
    if let parting = comparison.parting { Issue.record("\(name): \(parting)") }
    #expect(device.validationMessages == [])
  }
  #endif

  @Test("are left in the same state", arguments: others)
  func sameEnd(other: BackendChoice) throws {
    let trainer = try trainer(ThreeLayerConvNet(filters: 8, hidden: 20, classes: 10))
    let (backend, reason) = try other.open()
    let before = trainer.step
    _ = try trainer.compareStep(with: backend, reason: reason)
    #expect(trainer.step == before + 1)
    for state in trainer.states.parameters + [trainer.trainingStep.counter] {
      #expect(try trainer.backend.read(state) == backend.read(state), "\(state.name)")
    }
    try trainer.advance(3)
  }

  /// A parameter with one element that differs on the second backend, and the operation where the difference
  /// is first detected.
  private struct Fault: CustomTestStringConvertible, Sendable {
    let model: any Layer & Sendable
    let state: String
    let element: Int
    let ulps: UInt32
    let operation: String

    var testDescription: String { "\(state)[\(element)] + \(ulps)" }
  }

  private static let linear = Sequential {
    Dense(33)
    Dense(10)
  }
  private static let convnet = ThreeLayerConvNet(filters: 8, hidden: 20, classes: 10)

  private static let faults = [
    // The middle element of a filter: the weight of the centre pixel.
    Fault(model: convnet, state: "0.weight", element: 24, ulps: 1 << 20, operation: "conv2D"),
    Fault(model: convnet, state: "3.bias", element: 7, ulps: 1 << 23, operation: "add"),
    Fault(model: convnet, state: "5.bias", element: 9, ulps: 1 << 23, operation: "add"),
    Fault(
      model: linear, state: "0.weight", element: (14 * 28 + 14) * 33 + 5, ulps: 1 << 21, operation: "matmul"),
    Fault(model: linear, state: "1.weight", element: 77, ulps: 1 << 21, operation: "matmul"),
  ]

  @Test("part first where a parameter is read that differs in one element", arguments: faults, others)
  private func planted(fault: Fault, other: BackendChoice) throws {
    let trainer = try trainer(fault.model) { $0.regularization = 0 }
    try trainer.advance(3)
    let state = try #require(trainer.states[fault.state])
    let (backend, reason) = try other.open()
    let comparison = try trainer.compareStep(with: backend, reason: reason) { backend in
      var numbers: [Float] = try backend.read(state).elements()
      numbers[fault.element] = Float(bitPattern: numbers[fault.element].bitPattern + fault.ulps)
      try backend.write(TensorValues(numbers, shape: state.shape), to: state)
    }
    let parting = try #require(comparison.parting)
    #expect(parting.phase == "forward", "\(parting)")
    #expect(parting.operations.contains(fault.operation), "\(parting)")
    #expect(comparison.values.first { !$0.agrees } == parting)
    let worst = try #require(parting.worst)
    #expect(worst.difference > worst.tolerance && (worst.ulps ?? 0) > 0)
    // Otherwise only values that read the parameter differ: the input's gradient, the penalty and the update.
    let blamed = comparison.values.filter { !$0.agrees }
    #expect(
      blamed.allSatisfy { value in
        value.state?.hasSuffix(fault.state) == true || value.phase == "backward" || value == parting
      }, "\(blamed)")
  }

  @Test("part in the update alone where only that can see how little differs", arguments: others)
  func small(other: BackendChoice) throws {
    let trainer = try trainer(TwoLayerNet(hidden: 33, classes: 10))
    let state = try #require(trainer.states["0.weight"])
    let (backend, reason) = try other.open()
    let comparison = try trainer.compareStep(with: backend, reason: reason) { backend in
      var numbers: [Float] = try backend.read(state).elements()
      for _ in 0..<16 { numbers[100] = numbers[100].nextUp }
      try backend.write(TensorValues(numbers, shape: state.shape), to: state)
    }
    let parting = try #require(comparison.parting)
    #expect(parting.phase == "update" && parting.state == "0.weight" && parting.parted == 1)
    #expect(parting.worst?.index == [100 / 33, 100 % 33] && (14...18).contains(parting.worst?.ulps ?? 0))
  }

  @Test("part where one makes a NaN of what the other takes", arguments: others)
  func nan(other: BackendChoice) throws {
    let trainer = try trainer(TwoLayerNet(hidden: 33, classes: 10))
    let state = try #require(trainer.states["2.bias"])
    let (backend, reason) = try other.open()
    let comparison = try trainer.compareStep(with: backend, reason: reason) { backend in
      var numbers: [Float] = try backend.read(state).elements()
      numbers[4] = .nan
      try backend.write(TensorValues(numbers, shape: state.shape), to: state)
    }
    let worst = try #require(comparison.parting?.worst)
    #expect(comparison.parting?.subject == "2 (Dense)" && comparison.parting?.parted == 6)
    #expect(worst.index == [0, 4] && worst.second.isNaN && worst.first.isFinite && worst.ulps == nil)
  }

  #if VULKAN
  @Test(
    "part at each kernel that a driver gets wrong",
    .enabled(if: VulkanUnderTest.missing == nil, "\(VulkanUnderTest.missing ?? "")"))
  func corrupted() throws {
    let trainer = try trainer(TwoLayerNet(hidden: 16, classes: 10))
    let variants = try VulkanBackend(cache: nil).variants(of: trainer.trainingStep.program).sorted()
    #expect(variants.count >= 3)
    for variant in variants {
      let backend = try VulkanBackend(cache: nil, quarantine: .empty, corrupting: [variant])
      let parting = try trainer.compareStep(with: backend, reason: "corrupted").parting
      let worst = try #require(parting?.worst, "\(variant)")
      #expect(
        worst.second == Double(Float(bitPattern: 0x4D4D_4D4D)) || worst.second == 0x4D4D_4D4D, "\(variant)")
    }
  }
  #endif

  @Test(
    "allow what rounding comes to in every row of the op table", arguments: OpTable.rows.indices,
    [false, true])
  func rounding(index: Int, onVulkan: Bool) throws {
    let row = OpTable.rows[index]
    var other: any Backend = CPUBackend(.accelerated)
    #if VULKAN
    if onVulkan {
      guard VulkanUnderTest.missing == nil else { return }
      other = try VulkanUnderTest.backend()
    }
    #endif
    let inputs = row.inputs.enumerated().map { index, input in
      let values = input.values(.float32, seed: 5 + UInt64(index))
      return State("input \(index)", values.shape, dtype: values.dtype, role: .data, initial: .values(values))
    }
    let program = try Program("\(row)", outputs: [("y", row.build(inputs.map(\.value)))])
    let first = try #require(CPUBackend(.reference).compile(program) as? any InspectableExecutable)
    let second = try #require(other.compile(program) as? any InspectableExecutable)
    let before = inputs.reduce(into: [State: TensorValues]()) { before, state in
      if case .values(let values) = state.initial { before[state] = values }
    }
    var lockstep = Lockstep(of: program, on: first, and: second, from: before)
    let values = try lockstep.run().values
    #expect(!values.isEmpty)
    for value in values { #expect(value.agrees, "\(row): \(value)") }
  }
}
