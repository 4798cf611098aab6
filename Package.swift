// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"), .treatAllWarnings(as: .error),
]
let package = Package(
  name: "lemnos",
  targets: [
    .systemLibrary(name: "CBLAS", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CBundledData", exclude: ["LICENSE", "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"]),
    .target(name: "CKernels"),
    .target(name: "Tensors", swiftSettings: settings),
    .target(name: "Programs", dependencies: ["Tensors"], swiftSettings: settings),
    .target(
      name: "CPUBackend", dependencies: ["Programs", "CKernels", "CBLAS"],
      swiftSettings: settings + [.define("OPENBLAS")]),
    .systemLibrary(name: "CVulkan", providers: [.apt(["libvulkan-dev"])]),
    .systemLibrary(name: "CShaderc", providers: [.apt(["libshaderc-dev", "glslang-dev", "spirv-tools"])]),
    .target(name: "VulkanDevice", dependencies: ["CVulkan"], swiftSettings: settings),
    .target(name: "ShaderCompiler", dependencies: ["CShaderc"], swiftSettings: settings),
    .executableTarget(
      name: "compile-shaders", dependencies: ["ShaderCompiler"], path: "Tools/compile-shaders", swiftSettings: settings),
    .plugin(
      name: "CompileShaders", capability: .buildTool(), dependencies: ["compile-shaders"], path: "Tools/CompileShaders"),
    .target(name: "Shaders", path: "Shaders", swiftSettings: settings, plugins: ["CompileShaders"]),
    .target(name: "VulkanBackend", dependencies: ["Programs", "Shaders", "ShaderCompiler", "VulkanDevice"], swiftSettings: settings),
    .target(name: "Backends", dependencies: ["CPUBackend", "VulkanBackend", "VulkanDevice"], swiftSettings: settings + [.define("VULKAN")]),
    .target(name: "Layers", dependencies: ["Tensors"], swiftSettings: settings),
    .target(name: "Models", dependencies: ["Layers"], swiftSettings: settings),
    .target(name: "Losses", dependencies: ["Tensors"], swiftSettings: settings),
    .target(name: "Optimizers", dependencies: ["Tensors"], swiftSettings: settings),
    .target(name: "Schedules", dependencies: ["Tensors"], swiftSettings: settings),
    .target(name: "Datasets", dependencies: ["CZlib", "CBundledData"], swiftSettings: settings),
    .target(name: "Checkpoints", dependencies: ["Tensors"], swiftSettings: settings),
    .target(name: "Training", dependencies: ["Backends", "Checkpoints", "Datasets", "Layers", "Losses", "Optimizers", "Schedules"], swiftSettings: settings),
    .target(name: "GradientChecks", dependencies: ["Layers", "Losses", "CPUBackend"], swiftSettings: settings),
    .target(name: "TestSupport", dependencies: ["CPUBackend", "Programs", "Tensors", "VulkanBackend"], path: "Tests/TestSupport", swiftSettings: settings + [.define("VULKAN")]),
    .testTarget(name: "BackendTests", dependencies: ["TestSupport", "GradientChecks", "CPUBackend", "Tensors"], swiftSettings: settings + [.define("VULKAN")]),
  ])
