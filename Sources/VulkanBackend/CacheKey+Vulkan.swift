import Files
import ShaderCompiler
import Shaders
import VulkanDevice

extension CacheKey {
  /// The SPIR-V of a kernel written at run time: it changes with the text, with every file that it may include, and with
  /// the compiler.
  static func spirv(of source: String, compiler: String = GLSLCompiler.version) -> CacheKey {
    let included =
      source.contains("#include")
      ? Shader.includes.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] } : []
    return CacheKey("spirv", [compiler, source] + included)
  }

  /// The driver's compiled pipelines: of no use to another device, or to another version of the driver.
  static func pipelines(of device: PhysicalDevice) -> CacheKey {
    CacheKey("pipelines", parts: device.identity)
  }
}

extension PhysicalDevice {
  /// What changes with the device or its driver.
  var identity: [[UInt8]] {
    let words = [vendorID, deviceID, encodedDriverVersion].flatMap { word in
      (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
    }
    return [
      deviceUUID, pipelineCacheUUID, words, Array(name.utf8), Array("\(driverName) \(driverVersion)".utf8),
    ]
  }
}
