import ShaderChecks
import Shaders
import Testing
import VulkanBackend

@Suite("The kernels to check")
struct CatalogTests {
  @Test("are all of the package's shaders, and have names of their own")
  func coverage() throws {
    let (cards, processors) = try (
      KernelCatalog.entries(forCards: true), KernelCatalog.entries(forCards: false)
    )
    for entries in [cards, processors] { #expect(Set(entries.map(\.name)).count == entries.count) }
    let needed = Set((cards + processors).map(\.variant.code.spirv))
    #expect(Shader.all.filter { !needed.contains($0.spirv()) }.map(\.name) == [])
  }
}
