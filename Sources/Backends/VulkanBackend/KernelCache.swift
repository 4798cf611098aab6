import Files
import Shaders
import VulkanDevice

/// The pipelines of one device.
final class KernelCache {
  struct Key: Hashable {
    private let code: DispatchPlan.Code
    private let specialization: [UInt32]
    private let subgroupSize: Int?
    private let isCuttable: Bool

    init(_ plan: DispatchPlan, isCuttable: Bool = false) {
      (code, specialization, subgroupSize) = (plan.code, plan.specialization, plan.subgroupSize)
      self.isCuttable = isCuttable
    }
  }

  private let device: Device
  private var pipelines: [Key: ComputePipeline] = [:]
  private let generated: GeneratedShaders
  private let disk: DiskCache?
  private var hasUnsavedPipelines = false

  /// Modules that replace shaders, by name, for tests.
  private let replacements: [String: [UInt32]]

  /// The number of kernels compiled from source.
  var compilations: Int { generated.compilations }

  /// - Parameter disk: nil to keep nothing between runs.
  init(_ device: Device, disk: DiskCache?, replacing replacements: [String: [UInt32]] = [:]) {
    self.device = device
    self.disk = disk
    self.replacements = replacements
    generated = GeneratedShaders(disk)
  }

  /// Saves the driver's pipeline cache for the next run, if it changed.
  func savePipelines() {
    guard hasUnsavedPipelines, let disk, let bytes = try? device.pipelineCacheData else { return }
    hasUnsavedPipelines = false
    disk.keep(bytes, under: .pipelines(of: device.physicalDevice))
  }

  func pipeline(for plan: DispatchPlan, bufferCount: Int, isCuttable: Bool = false, label: String) throws
    -> ComputePipeline
  {
    let key = Key(plan, isCuttable: isCuttable)
    if let pipeline = pipelines[key] { return pipeline }
    let module = try plan.code.module(label: label, generated)
    let pipeline = try device.makePipeline(
      spirv: replacements[module.name] ?? module.spirv, bufferCount: bufferCount,
      pushConstantByteCount: 4 * plan.constants.count,
      specialization: plan.specialization, subgroupSize: plan.subgroupSize, isCuttable: isCuttable,
      label: module.name)
    pipelines[key] = pipeline
    hasUnsavedPipelines = true
    return pipeline
  }
}

extension DispatchPlan.Code {
  /// Its SPIR-V and name; a generated kernel is compiled, and named by its label.
  func module(label: String, _ generated: GeneratedShaders) throws -> (spirv: [UInt32], name: String) {
    switch self {
    case .compiled(let shader): (shader.spirv(), shader.name)
    case .generated(let source): (try generated.spirv(of: source, label: label), label)
    }
  }
}
