import Foundation

/// Validates SPIR-V with `spirv-val`, of Debian's package spirv-tools.
package enum SPIRVValidation {
  private static let program = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    .map { URL(fileURLWithPath: "\($0)/spirv-val") }
    .first { FileManager.default.isExecutableFile(atPath: $0.path) }

  /// The reason why modules cannot be validated here, or nil.
  package static let missing: String? =
    program == nil ? "there is no spirv-val to validate shaders with: install spirv-tools" : nil

  /// The validation error of a module for Vulkan 1.2; nil if it is valid.
  package static func fault(in spirv: [UInt32]) throws -> String? {
    guard let program else { return missing }
    let folder = try TemporaryFolder()
    let module = try spirv.withUnsafeBytes { try folder.write($0, as: "module.spv") }
    let process = Process()
    process.executableURL = program
    process.arguments = ["--target-env", "vulkan1.2", module]
    let complaint = Pipe()
    process.standardOutput = complaint
    process.standardError = complaint
    try process.run()
    let text = String(decoding: complaint.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    if process.terminationReason == .exit, process.terminationStatus == 0 { return nil }
    return "spirv-val: " + (text.isEmpty ? "it ended with \(process.terminationStatus)" : text)
  }
}
