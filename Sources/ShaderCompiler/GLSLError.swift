/// A shader that does not compile.
package struct GLSLError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The name under which the source was compiled.
  package let name: String
  /// What the compiler says: a line for each error, in the form `file:line: error: …`.
  package let message: String

  package var description: String { message }
}
