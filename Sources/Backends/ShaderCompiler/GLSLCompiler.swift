import CShaderc

/// Compiles GLSL compute shaders to SPIR-V 1.5, for Vulkan 1.2.
///
/// Without optimisation: drivers optimise anyway, and shaderc's passes take up to two seconds on an unrolled matrix
/// multiplication which then runs no faster. A warm compilation takes about a millisecond.
///
/// Not Sendable: owned by one isolation domain.
package final class GLSLCompiler {
  private let compiler: shaderc_compiler_t?

  package init() { compiler = shaderc_compiler_initialize() }

  deinit { shaderc_compiler_release(compiler) }

  /// Everything besides the source that determines the output: library versions and the options below.
  package static let version: String = {
    let tools = spvSoftwareVersionDetailsString().map { String(cString: $0) } ?? ""
    return "glslang \(GLSLANG_VERSION_MAJOR).\(GLSLANG_VERSION_MINOR).\(GLSLANG_VERSION_PATCH), \(tools), "
      + "Vulkan 1.2, optimization zero"
  }()

  /// - Parameters:
  ///   - source: the text of a compute shader with the entry point `main`.
  ///   - name: the path of the source, or any name; it appears in errors and is what includes are relative to.
  ///   - definitions: macros, as if each were a `#define` before the first line.
  ///   - include: the text of an included file, or nil when there is none. It is asked with the path in the directive
  ///     joined to the directory of the including file: for `../include/tile.glsl` in `Shaders/Matmul/gemm.comp`,
  ///     with `Shaders/include/tile.glsl`.
  /// - Returns: the module's words.
  /// - Throws: what the compiler says, with files and lines.
  package func compile(
    _ source: String, name: String, definitions: [(String, String)] = [],
    include: @escaping (String) -> String? = { _ in nil }
  ) throws(GLSLError) -> [UInt32] {
    let options = shaderc_compile_options_initialize()
    defer { shaderc_compile_options_release(options) }
    shaderc_compile_options_set_target_env(
      options, shaderc_target_env_vulkan, UInt32(shaderc_env_version_vulkan_1_2.rawValue))
    shaderc_compile_options_set_optimization_level(options, shaderc_optimization_level_zero)
    for (macro, value) in definitions {
      shaderc_compile_options_add_macro_definition(
        options, macro, macro.utf8.count, value, value.utf8.count)
    }
    let includer = Includer(include)
    includer.install(in: options)

    let result = withExtendedLifetime(includer) {
      shaderc_compile_into_spv(
        compiler, source, source.utf8.count, shaderc_compute_shader, name, "main", options)
    }
    defer { shaderc_result_release(result) }
    guard shaderc_result_get_compilation_status(result) == shaderc_compilation_status_success else {
      throw GLSLError(name: name, message: Self.message(of: result, for: name))
    }
    return Self.words(of: result)
  }
}

extension GLSLCompiler {
  private static func words(of result: shaderc_compilation_result_t?) -> [UInt32] {
    let bytes = UnsafeRawBufferPointer(
      start: shaderc_result_get_bytes(result), count: shaderc_result_get_length(result))
    return Array(bytes.bindMemory(to: UInt32.self))
  }

  private static func message(of result: shaderc_compilation_result_t?, for name: String) -> String {
    let text = shaderc_result_get_error_message(result).map { String(cString: $0) } ?? ""
    let lines = text.split(separator: "\n")
    guard !lines.isEmpty else { return "\(name):1: error: shaderc failed without a message" }
    return lines.joined(separator: "\n")
  }
}
