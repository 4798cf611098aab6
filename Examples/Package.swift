// swift-tools-version: 6.2
//
// Seventeen tasks as short programs, in a package that has Lemnos as any other package has it.

import PackageDescription

let package = Package(
  name: "Examples",
  dependencies: [.package(name: "lemnos", path: "..")],
  targets: [
    .executableTarget(
      name: "examples", dependencies: [.product(name: "Lemnos", package: "lemnos")], path: "Sources/Examples")
  ])
