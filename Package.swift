// swift-tools-version: 6.2
//
// Lemnos 0.1.0. Each release is tagged with its version, so another package depends on one by
//
//     .package(url: "…/lemnos.git", from: "0.1.0")       // where this repository lies, for you
//     .product(name: "Lemnos", package: "lemnos")        // among a target's dependencies
//
// and has what CHANGELOG.md says of it.

import Foundation
import PackageDescription

/// Whether a system library is installed, by its header.
///
/// LEMNOS_VULKAN=0 or 1 decides instead: SwiftPM remembers what a manifest came to until the manifest or the environment changes.
func has(_ library: String, header: String) -> Bool {
  if let choice = Context.environment["LEMNOS_\(library)"] { return choice != "0" }
  let folders = [
    "/usr/include", "/usr/local/include", "/usr/include/x86_64-linux-gnu", "/usr/include/aarch64-linux-gnu",
  ]
  return folders.contains { FileManager.default.fileExists(atPath: "\($0)/\(header)") }
}

let hasVulkan = has("VULKAN", header: "vulkan/vulkan.h") && has("VULKAN", header: "shaderc/shaderc.h")

/// What a static shaderc consists of, as far as it is there: that differs from version to version.
///
/// The shared one of Debian 12 leaves glslang and SPIRV-Tools undefined.
let shadercLibraries =
  [
    "shaderc_combined", "glslang", "MachineIndependent", "GenericCodeGen", "OSDependent", "OGLCompiler",
    "HLSL", "SPIRV",
    "SPIRV-Tools-opt", "SPIRV-Tools",
  ].filter { name in
    ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib", "/usr/local/lib"].contains {
      FileManager.default.fileExists(atPath: "\($0)/lib\(name).a")
    }
  } + ["stdc++"]

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"), .treatAllWarnings(as: .error),
]
let vulkan: [SwiftSetting] = hasVulkan ? [.define("VULKAN")] : []

/// A module of ours, in Sources/ unless it says otherwise.
func module(
  _ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil,
  _ settings: [SwiftSetting] = []
)
  -> Target
{
  .target(name: name, dependencies: dependencies, path: path, swiftSettings: strict + settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], _ settings: [SwiftSetting] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: strict + settings)
}

/// A module of code that protoc made of a file beside it: as strict as its generator.
func format(_ name: String, of file: String) -> Target {
  .target(
    name: name, dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")], exclude: [file])
}

// Below the line: what computes.
let core: [Target] = [
  module("Tensors"),
  module("Programs", ["Tensors"]),
  .target(name: "CKernels", cSettings: [.treatAllWarnings(as: .error)]),
  module("CPUBackend", ["CKernels", "Files", "Programs", "Tensors"]),
  module(
    "Backends",
    ["CPUBackend", "Files", "Programs", "Tensors"] + (hasVulkan ? ["VulkanBackend", "VulkanDevice"] : []),
    vulkan),
  // Programs of one's own, made ready once and run often.
  module("Sessions", ["Backends", "Checkpoints", "Files", "Programs", "Tensors"]),
]

// Above it: what is trained.
let training: [Target] = [
  module("Wording"),
  module("Layers", ["Tensors"]),
  module("Models", ["Layers", "Tensors"]),
  module("Losses", ["Tensors"]),
  module("Optimizers", ["Tensors"]),
  module("Schedules", ["Tensors"]),
  module("Datasets", ["CBundledData", "CZlib", "Checkpoints", "Files", "Pictures", "Tensors", "Wording"]),
  module("Files"),
  module("Checkpoints", ["Files", "Tensors"]),
  module(
    "Training",
    [
      "Backends", "Checkpoints", "Datasets", "Layers", "Losses", "Optimizers", "Programs", "Schedules",
      "Sessions", "Tensors",
    ]),
  module("GradientChecks", ["Backends", "Layers", "Losses", "Programs", "Tensors"]),
  // PyTorch's names and layouts, and ONNX.
  module(
    "Exchange",
    [
      "Checkpoints", "Datasets", "Files", "Layers", "Models", "ONNXFormat", "Programs", "Tensors",
      .product(name: "SwiftProtobuf", package: "swift-protobuf"),
    ]),
  module(
    "Lemnos",
    [
      "Backends", "Checkpoints", "Datasets", "Exchange", "GradientChecks", "Layers", "Losses", "Models",
      "Optimizers",
      "Programs",
      "Schedules", "Sessions", "Training",
    ]),
  // What `lemnos bench` and opbench time.
  module("Workloads", ["Lemnos", "Programs", "Tensors", "Training"]),
  // PNG files of filters and photographs, and the formats that images to learn from come in.
  module("Pictures", ["CGIF", "CJPEG", "CPNG", "CPictures", "CWebP"]),
  module("Reports", ["Pictures", "Wording"]),
  // The folders of runs: journals, records, reports.
  module(
    "Runs",
    [
      "EventFormat", "Files", "Pictures", "Reports", "Wording",
      .product(name: "SwiftProtobuf", package: "swift-protobuf"),
    ]),
  // Trees of names and values, in YAML.
  module("Settings", ["CYAML"]),
  module(
    "CS231n", ["CBundledData", "Files", "Lemnos", "Pictures", "Reports", "Tensors", "Training", "Wording"]),
  .target(name: "CWatchPage", exclude: ["page.html"], cSettings: [.treatAllWarnings(as: .error)]),
  // The web page that follows runs.
  module("RunServer", ["CWatchPage", "Files", "Runs", .product(name: "FlyingFox", package: "FlyingFox")]),
  .executableTarget(
    name: "LemnosCommand",
    dependencies: [
      "CS231n", "Files", "Lemnos", "Pictures", "Reports", "Runs", "Settings", "Tensors", "Wording",
      "Workloads",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ],
    path: "Sources/lemnos", swiftSettings: strict),
  // A program of its own: a run needs no web server in its memory.
  .executableTarget(
    name: "LemnosWatch", dependencies: ["RunServer"], path: "Sources/lemnos-watch", swiftSettings: strict),
]

// Files of other programs. Tools/generate-protobufs makes their code anew.
let formats: [Target] = [
  format("ONNXFormat", of: "onnx.proto"),
  format("EventFormat", of: "event.proto"),
]

let libraries: [Target] = [
  .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
  .systemLibrary(name: "CPNG", providers: [.apt(["libpng-dev"])]),
  // Pictures from the web are WebP files, and some of them GIF.
  .systemLibrary(name: "CWebP", providers: [.apt(["libwebp-dev"])]),
  .systemLibrary(name: "CGIF", providers: [.apt(["libgif-dev"])]),
  // libpng reports errors by longjmp where a picture is read row by row.
  .target(
    name: "CPictures", cSettings: [.treatAllWarnings(as: .error)], linkerSettings: [.linkedLibrary("png")]),
  // Configurations of runs in YAML. With libyaml itself, and the web server elsewhere, `lemnos` takes 7 MB less memory than with Yams.
  .systemLibrary(name: "CYAML", providers: [.apt(["libyaml-dev"])]),
  // Photographs are JPEG files. libjpeg-turbo (Debian: libjpeg-dev) reports errors by longjmp, which must not cross Swift.
  .target(
    name: "CJPEG", cSettings: [.treatAllWarnings(as: .error)], linkerSettings: [.linkedLibrary("jpeg")]),
  .target(
    name: "CBundledData",
    exclude: [
      "LICENSE", "chelsea.png", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz",
      "train-images-idx3-ubyte.gz",
      "train-labels-idx1-ubyte.gz",
    ], cSettings: [.treatAllWarnings(as: .error)]),
]

let vulkanTargets: [Target] = [
  .systemLibrary(name: "CVulkan", providers: [.apt(["libvulkan-dev"])]),
  .systemLibrary(name: "CShaderc", providers: [.apt(["libshaderc-dev", "glslang-dev", "spirv-tools"])]),
  module("VulkanDevice", ["CVulkan"]),
  .target(
    name: "ShaderCompiler", dependencies: ["CShaderc"], swiftSettings: strict,
    linkerSettings: shadercLibraries.map { .linkedLibrary($0) }),
  .executableTarget(
    name: "compile-shaders", dependencies: ["ShaderCompiler"], path: "Tools/compile-shaders",
    swiftSettings: strict),
  .plugin(
    name: "CompileShaders", capability: .buildTool(), dependencies: ["compile-shaders"],
    path: "Tools/CompileShaders"),
  .target(name: "Shaders", path: "Shaders", swiftSettings: strict, plugins: ["CompileShaders"]),
  module(
    "VulkanBackend",
    ["Files", "Programs", "ShaderCompiler", "Shaders", "Tensors", "VulkanDevice", "Wording"]),
  tests("VulkanDeviceTests", ["CVulkan", "ShaderCompiler", "Shaders", "VulkanDevice"]),
  // Whether shaders are well formed, and what drivers make of them.
  module(
    "ShaderChecks",
    [
      "Datasets", "Layers", "Models", "Optimizers", "Programs", "Shaders", "Tensors", "TestSupport",
      "Training",
      "VulkanBackend",
      "VulkanDevice",
    ], path: "Tests/ShaderChecks"),
  .executableTarget(
    name: "shader-statistics", dependencies: ["ShaderChecks"], path: "Tools/shader-statistics",
    swiftSettings: strict),
  .testTarget(
    name: "ShaderChecksTests",
    dependencies: ["Programs", "ShaderChecks", "Shaders", "Tensors", "TestSupport", "VulkanBackend"],
    exclude: ["Baseline", "Cards"], swiftSettings: strict),
]

let testing: [Target] = [
  // What Tools/test-exchange compares with other programs.
  .executableTarget(
    name: "exchange-cases", dependencies: ["Lemnos", "Programs", "Tensors"], path: "Tools/exchange-cases",
    swiftSettings: strict),
  .target(
    name: "CJPEGWriting", path: "Tests/CJPEGWriting", cSettings: [.treatAllWarnings(as: .error)],
    linkerSettings: [.linkedLibrary("jpeg")]),
  module("PNGWriting", ["CZlib"], path: "Tests/PNGWriting"),
  // Files of formats that are read and never written: for tests and fuzzers.
  module("FileWriting", ["CWebP", "CZlib"], path: "Tests/FileWriting"),
  .executableTarget(
    name: "opbench",
    dependencies: ["CPUBackend", "Lemnos", "Programs", "Tensors", "TestSupport", "Workloads"],
    path: "Tools/opbench", swiftSettings: strict),
  // libFuzzer's own names, in C.
  .target(name: "CLibFuzzer", path: "Tools/CLibFuzzer", cSettings: [.treatAllWarnings(as: .error)]),
  // What reads bytes from outside, one by one: Tools/fuzz builds it with libFuzzer.
  .executableTarget(
    name: "fuzzers",
    dependencies: [
      "CJPEGWriting", "CLibFuzzer", "Checkpoints", "Datasets", "EventFormat", "Exchange", "FileWriting",
      "Files", "Models", "ONNXFormat", "PNGWriting", "Pictures", "Reports", "Runs", "Settings", "Tensors",
      .product(name: "SwiftProtobuf", package: "swift-protobuf"),
    ], path: "Tools/fuzzers", swiftSettings: strict),
  module(
    "TestSupport",
    ["CJPEGWriting", "CPUBackend", "Programs", "Tensors"]
      + (hasVulkan ? ["VulkanBackend", "VulkanDevice"] : []),
    path: "Tests/TestSupport",
    vulkan),
  tests(
    "BackendTests",
    ["Backends", "CPUBackend", "GradientChecks", "Programs", "Sessions", "Tensors", "TestSupport"]
      + (hasVulkan ? ["Files", "ShaderCompiler", "Shaders", "VulkanBackend", "VulkanDevice"] : []), vulkan),
  tests("FilesTests", ["Files", "TestSupport"]),
  .testTarget(
    name: "CheckpointsTests", dependencies: ["Checkpoints", "Tensors", "TestSupport"],
    exclude: ["Fixtures"], swiftSettings: strict),
  tests(
    "ExchangeTests",
    [
      "Checkpoints", "Datasets", "Exchange", "Layers", "Models", "ONNXFormat", "Tensors",
      .product(name: "SwiftProtobuf", package: "swift-protobuf"),
    ]),
  .testTarget(
    name: "CommandTests", dependencies: ["Checkpoints", "Pictures", "Runs", "Tensors", "TestSupport"],
    exclude: ["PowerCut"], swiftSettings: strict),
  tests(
    "DatasetsTests",
    ["CZlib", "Checkpoints", "Datasets", "FileWriting", "Pictures", "Tensors", "TestSupport"]),
  tests("CS231nTests", ["CS231n", "Lemnos", "Reports"]),
  tests(
    "RunsTests",
    [
      "EventFormat", "Files", "Pictures", "Reports", "Runs", "TestSupport",
      .product(name: "SwiftProtobuf", package: "swift-protobuf"),
    ]),
  tests("PicturesTests", ["CZlib", "FileWriting", "PNGWriting", "Pictures", "TestSupport"]),
  tests("ReportsTests", ["Pictures", "Reports"]),
  tests("OptimizersTests", ["Backends", "Optimizers", "Programs", "Sessions", "Tensors", "TestSupport"]),
  tests(
    "GradientChecksTests",
    [
      "Backends", "CPUBackend", "GradientChecks", "Layers", "Losses", "Models", "Programs", "Sessions",
      "Tensors",
      "TestSupport",
    ]
      + (hasVulkan ? ["VulkanBackend"] : []), vulkan),
  tests("TensorsTests", ["CPUBackend", "Programs", "Tensors", "TestSupport"]),
  tests(
    "ProgramsTests",
    ["CPUBackend", "Layers", "Programs", "Sessions", "Tensors", "TestSupport"]
      + (hasVulkan ? ["VulkanBackend"] : []),
    vulkan),
  .testTarget(
    name: "GoldenTests",
    dependencies: [
      "Backends", "CPUBackend", "Layers", "Losses", "Models", "Optimizers", "Programs", "Sessions", "Tensors",
      "TestSupport", "Training",
    ]
      + (hasVulkan ? ["VulkanBackend"] : []), exclude: ["Fixtures"], swiftSettings: strict + vulkan),
  tests(
    "LayersTests",
    [
      "Backends", "CPUBackend", "GradientChecks", "Layers", "Losses", "Models", "Programs", "Sessions",
      "Tensors",
      "TestSupport",
    ]),
  tests("LossesTests", ["CPUBackend", "Losses", "Programs", "Tensors", "TestSupport"]),
  tests(
    "TrainingTests",
    [
      "Backends", "CPUBackend", "Checkpoints", "Datasets", "Layers", "Losses", "Models", "Optimizers",
      "Programs", "Schedules", "Sessions", "Tensors", "TestSupport", "Training",
    ] + (hasVulkan ? ["VulkanBackend", "VulkanDevice"] : []), vulkan),
  // What Lemnos exports is named, too: only so does a change to it build these anew.
  tests(
    "DocumentationTests",
    [
      "Backends", "Datasets", "Exchange", "FileWriting", "Layers", "Lemnos", "Tensors", "TestSupport",
      "Training",
    ]),
  tests(
    "SessionsTests",
    ["Backends", "Checkpoints", "Layers", "Optimizers", "Sessions", "Tensors", "TestSupport"]),
  tests("SettingsTests", ["Settings"]),
  tests("WordingTests", ["Wording"]),
]

let package = Package(
  name: "lemnos",
  products: [
    .library(name: "Lemnos", targets: ["Lemnos"]),
    .executable(name: "lemnos", targets: ["LemnosCommand"]),
    .executable(name: "lemnos-watch", targets: ["LemnosWatch"]),
  ],
  dependencies: [
    // Options, help, completions and "did you mean": the field's standard.
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    // ONNX models and TensorBoard's event files are protocol buffers.
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    // The web page of `lemnos watch`: a small HTTP server without NIO, which compiles in seconds.
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
  ],
  targets: core + training + formats + libraries + (hasVulkan ? vulkanTargets : []) + testing)
