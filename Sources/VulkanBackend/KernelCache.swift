import ShaderCompiler
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
  /// Made when the first kernel is generated.
  private lazy var compiler = GLSLCompiler()

  init(_ device: Device) { self.device = device }

  func pipeline(for plan: DispatchPlan, bufferCount: Int, label: String) throws -> ComputePipeline {
    let key = Key(code: plan.code, specialization: plan.specialization)
    if let pipeline = pipelines[key] { return pipeline }
    let (words, name) =
      switch plan.code {
      case .compiled(let shader): (shader.spirv(), shader.name)
      case .generated(let source):
        (
          try compiler.compile(source, name: label) { path in
            Shader.includes[String(path.split(separator: "/").last ?? "")]
          }, label
        )
      }
    let pipeline = try device.makePipeline(
      spirv: words, bufferCount: bufferCount, pushConstantByteCount: 4 * plan.constants.count,
      specialization: plan.specialization, label: name)
    pipelines[key] = pipeline
    return pipeline
  }
}
