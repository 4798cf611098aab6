import Files
import Shaders
import VulkanDevice

/// The pipelines made so far on one device.
final class KernelCache {
  private struct Key: Hashable {
    let code: DispatchPlan.Code
    let specialization: [UInt32]
  }

  private let device: Device
  private var pipelines: [Key: ComputePipeline] = [:]
  private let generated: GeneratedShaders
  private let disk: DiskCache?
  private var hasUnsavedPipelines = false

  /// - Parameter disk: nil to keep nothing between runs.
  init(_ device: Device, disk: DiskCache?) {
    self.device = device
    self.disk = disk
    generated = GeneratedShaders(disk)
  }

  /// Keeps what the driver made of the kernels for the next run, if there is anything new.
  func savePipelines() {
    guard hasUnsavedPipelines, let disk, let bytes = try? device.pipelineCacheData else { return }
    hasUnsavedPipelines = false
    disk.keep(bytes, under: .pipelines(of: device.physicalDevice))
  }

  func pipeline(for plan: DispatchPlan, bufferCount: Int, label: String) throws -> ComputePipeline {
    let key = Key(code: plan.code, specialization: plan.specialization)
    if let pipeline = pipelines[key] { return pipeline }
    let (words, name) =
      switch plan.code {
      case .compiled(let shader): (shader.spirv(), shader.name)
      case .generated(let source):
        (try generated.spirv(of: source, label: label), label)
      }
    let pipeline = try device.makePipeline(
      spirv: words, bufferCount: bufferCount, pushConstantByteCount: 4 * plan.constants.count,
      specialization: plan.specialization, label: name)
    pipelines[key] = pipeline
    hasUnsavedPipelines = true
    return pipeline
  }
}
