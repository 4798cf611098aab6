import ShaderCompiler
import Testing
import VulkanDevice

/// A device to run tests on: every usable device of the machine, including software devices.
struct TestDevice: Sendable, CustomTestStringConvertible {
  let index: Int
  let name: String
  var testDescription: String { name }

  /// Empty on a machine without Vulkan: the device tests do not run, and `deviceIsThere` reports it.
  static let all: [TestDevice] = {
    guard let instance = try? Instance() else { return [] }
    return instance.devices.filter { $0.missingFeature == nil }
      .map { TestDevice(index: $0.index, name: $0.name) }
  }()

  /// The reason why there is no device, or nil.
  static let whyNone: String? = {
    do {
      _ = try Instance()
      return all.isEmpty ? "no Vulkan device" : nil
    } catch {
      return "\(error)"
    }
  }()

  static let hasValidation = (try? Instance(validation: .full)) != nil

  /// True if the validation layer detects races in shared memory, as 1.4.363 does; older ones were not
  /// tested.
  static let seesRaces: Bool = {
    guard let version = (try? Instance.validationVersion()) ?? nil else { return false }
    return (version.major, version.minor, version.patch) >= (1, 4, 363)
  }()
}

/// An opened device with full validation, if the layer is installed.
struct Bench {
  let instance: Instance
  let device: Device

  init(_ choice: TestDevice, validation: Validation = .full) throws {
    instance = try Instance(validation: TestDevice.hasValidation ? validation : .off)
    let physical = try #require(try instance.device(at: choice.index))
    device = try Device(physical, of: instance)
  }

  func buffer(_ floats: [Float], label: String) throws -> BufferSlice {
    let slice = try emptyBuffer(count: floats.count, label: label)
    try device.upload(floats, to: slice)
    return slice
  }

  func emptyBuffer(count: Int, label: String) throws -> BufferSlice {
    BufferSlice(try device.makeBuffer(byteCount: count * 4, memory: .device, label: label))
  }

  func pipeline(_ kernel: Kernel, specialization: [UInt32] = []) throws -> ComputePipeline {
    try device.makePipeline(
      spirv: GLSLCompiler().compile(kernel.source, name: kernel.name), bufferCount: 2,
      pushConstantByteCount: kernel.pushConstantByteCount, specialization: specialization, label: kernel.name)
  }

  func bind(_ pipeline: ComputePipeline, _ x: BufferSlice, _ y: BufferSlice) throws -> Bindings {
    try device.makeDescriptorArena(sets: 1, descriptors: 2).bind(pipeline, [x, y])
  }

  func expectNoValidationMessages(_ location: SourceLocation = #_sourceLocation) {
    #expect(instance.validationMessages == [], sourceLocation: location)
  }
}
