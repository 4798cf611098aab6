import Foundation
import PackagePlugin

/// Runs compile-shaders before its target is built, and again after a change to a shader or an included file.
@main
struct CompileShaders: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let sources = files(in: target.directoryURL, withExtensions: ["comp", "glsl", "spv"])
    let output = context.pluginWorkDirectoryURL.appending(path: "Shader+All.swift")
    return [
      .buildCommand(
        displayName: "Compiling shaders",
        executable: try context.tool(named: "compile-shaders").url,
        arguments: [output.path] + sources.map(\.path),
        inputFiles: sources,
        outputFiles: [output])
    ]
  }

  private func files(in directory: URL, withExtensions extensions: Set<String>) -> [URL] {
    let all = FileManager.default.enumerator(at: directory, includingPropertiesForKeys: nil)
    return (all?.compactMap { $0 as? URL } ?? [])
      .filter { extensions.contains($0.pathExtension) }
      .sorted { $0.path < $1.path }
  }
}
