import Foundation
import Lemnos
import Testing

@Suite("The version")
struct VersionTests {
  private let current = LemnosVersion.current

  @Test("is three numbers, and the newest in the list of changes")
  func changes() throws {
    #expect(current.wholeMatch(of: /\d+\.\d+\.\d+/) != nil)
    let headings = try Document.lines("CHANGELOG.md").filter { $0.hasPrefix("## ") }
    #expect(headings.first == "## \(current)")
  }

  @Test("is what the manifest tells packages to depend on")
  func manifest() throws {
    let comment = try Document("Package.swift").text.split(separator: "\n").prefix { $0.hasPrefix("//") }
      .joined(separator: "\n")
    let named = comment.matches(of: /\d+\.\d+\.\d+/).map { String($0.output) }
    #expect(named == [current, current])
  }

  @Test("comes under the licence that the read-me says")
  func licence() throws {
    let text = try Document("LICENSE").text
    #expect(text.contains("Apache License") && text.contains("Version 2.0, January 2004"))
    #expect(text.contains("END OF TERMS AND CONDITIONS"))
    #expect(try Document("README.md").text.contains("[Apache License 2.0](LICENSE)"))
  }
}
