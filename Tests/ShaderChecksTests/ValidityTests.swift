import ShaderChecks
import Shaders
import TestSupport
import Testing
import VulkanBackend

@Suite("SPIR-V", .enabled(if: SPIRVValidation.missing == nil, "\(SPIRVValidation.missing ?? "")"))
struct ValidityTests {
  @Test("is valid in every shader of the package", arguments: Shader.all.map(\.name))
  func compiled(name: String) throws {
    let shader = try #require(Shader.all.first { $0.name == name })
    #expect(try SPIRVValidation.fault(in: shader.spirv()) == nil)
  }

  @Test("is valid in every kernel that is generated, for cards and for processors", arguments: [true, false])
  func generated(forCards: Bool) throws {
    let entries = try KernelCatalog.entries(forCards: forCards).filter(\.variant.isGenerated)
    #expect(entries.count > 50)
    for entry in entries {
      #expect(try SPIRVValidation.fault(in: entry.variant.code.spirv) == nil, "\(entry.name)")
    }
  }

  @Test("is found faulty where it is")
  func faulty() throws {
    let shader = try #require(Shader.all.first)
    let fault = try SPIRVValidation.fault(in: Array(shader.spirv().dropLast()))
    #expect(fault?.hasPrefix("spirv-val: error") == true)
  }
}
