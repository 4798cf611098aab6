import ShaderChecks
import Shaders
import Testing
import VulkanBackend

@Suite("The kernels to check")
struct CatalogTests {
  @Test("are all of the package's shaders, and have names of their own")
  func coverage() throws {
    let kinds = try [
      KernelCatalog.entries(forCards: true), KernelCatalog.entries(forCards: false),
      KernelCatalog.entries(forCards: false, hasSubgroupsOf8: true),
    ]
    for entries in kinds { #expect(Set(entries.map(\.name)).count == entries.count) }
    let needed = Set(kinds.joined().map(\.variant.code.spirv))
    #expect(Shader.all.filter { !needed.contains($0.spirv()) }.map(\.name) == [])
  }
}
