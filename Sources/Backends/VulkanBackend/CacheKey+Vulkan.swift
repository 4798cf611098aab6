import Files
import ShaderCompiler
import Shaders
import VulkanDevice

extension CacheKey {
  /// The key of a generated kernel's SPIR-V: depends on the source, every file it may include, and the
  /// compiler.
  static func spirv(of source: String, compiler: String = GLSLCompiler.version) -> CacheKey {
    let included =
      source.contains("#include")
      ? Shader.includes.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] } : []
    return CacheKey("spirv", [compiler, source] + included)
  }

  /// The key of the driver's pipeline cache, which is valid for one device and driver version.
  static func pipelines(of device: PhysicalDevice) -> CacheKey {
    CacheKey("pipelines", parts: device.identity)
  }
}

extension PhysicalDevice {
  /// The bytes that identify the device and its driver version.
  var identity: [[UInt8]] {
    let words = [vendorID, deviceID, encodedDriverVersion].flatMap { word in
      (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
    }
    return [
      deviceUUID, pipelineCacheUUID, words, Array(name.utf8), Array("\(driverName) \(driverVersion)".utf8),
    ]
  }
}
