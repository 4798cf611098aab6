import Foundation
import ShaderCompiler

/// `compile-shaders <output.swift> <file> …`: compiles the shaders, `.comp`, into one Swift file, together
/// with the text of the included files, `.glsl`, for shaders that are compiled at run time.
///
/// A variant with a precompiled module, `.spv`, beside its shader is not compiled again.
///
/// Reports every error of every shader, not only the first.
@main
struct CompileShadersTool {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    guard let output = arguments.first else {
      fail("usage: compile-shaders <output.swift> <shader.comp, module.spv or include.glsl> …")
    }
    let paths = arguments.dropFirst()
    var (shaders, diagnostics) = compile(
      paths.filter { $0.hasSuffix(".comp") }, committed: Set(paths.filter { $0.hasSuffix(".spv") }))
    diagnostics += duplicates(in: shaders)
    var includes: [IncludedFile] = []
    for path in paths where path.hasSuffix(".glsl") {
      do { includes.append(try IncludedFile(path: path)) } catch { diagnostics.append(error) }
    }
    guard diagnostics.isEmpty else { fail(diagnostics.map(\.description).joined(separator: "\n")) }
    do {
      try swift(shaders.map(\.shader), includes).write(toFile: output, atomically: true, encoding: .utf8)
    } catch {
      fail("\(output): error: cannot be written: \(error.localizedDescription)")
    }
  }
}

/// A shader and the source location of its variant line.
private typealias Located = (shader: CompiledShader, path: String, line: Int)

private func compile(
  _ paths: [String], committed: Set<String>
) -> (shaders: [Located], diagnostics: [Diagnostic]) {
  let compiler = GLSLCompiler()
  var shaders: [Located] = []
  var diagnostics: [Diagnostic] = []
  for path in paths {
    do {
      let file = try ShaderFile(path: path)
      for variant in file.variants {
        let module = file.modulePath(of: variant)
        let shader =
          committed.contains(module)
          ? try CompiledShader(variant, of: file, committedAs: module)
          : try CompiledShader(variant, of: file, compiler)
        shaders.append((shader, path, variant.line))
      }
    } catch {
      diagnostics.append(error)
    }
  }
  return (shaders, diagnostics)
}

/// Names must be unique across families, because each is a static member of `Shader`.
private func duplicates(in shaders: [Located]) -> [Diagnostic] {
  var firstPaths: [String: String] = [:]
  var diagnostics: [Diagnostic] = []
  for (shader, path, line) in shaders {
    if let first = firstPaths[shader.name] {
      diagnostics.append(Diagnostic(path: path, line: line, "a shader '\(shader.name)' is also in \(first)"))
    } else {
      firstPaths[shader.name] = path
    }
  }
  return diagnostics
}

private func swift(_ shaders: [CompiledShader], _ includes: [IncludedFile]) -> String {
  """
  // Made by compile-shaders: do not edit.

  extension Shader {
  \(shaders.map(\.swift).joined(separator: "\n"))
    /// Every shader that was compiled with the package, ordered by path.
    package static let all: [Shader] = [\(names(of: shaders.filter { !$0.isCommitted }))]

    /// Every shader that lies in the package as a module, because not every machine's compiler knows what it needs.
    package static let committed: [Shader] = [\(names(of: shaders.filter(\.isCommitted)))]

    /// The text of each file in `include`, by its name.
    package static let includes: [String: String] = [
  \(includes.map(\.swift).joined(separator: ",\n"))
    ]
  }

  """
}

private func names(of shaders: [CompiledShader]) -> String {
  shaders.map { "." + $0.name }.joined(separator: ", ")
}

private func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data((message + "\n").utf8))
  exit(1)
}
