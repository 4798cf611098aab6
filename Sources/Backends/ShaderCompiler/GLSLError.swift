/// The error of a shader that does not compile.
package struct GLSLError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The name under which the source was compiled.
  package let name: String
  /// The compiler's messages: a line per error, in the form `file:line: error: …`.
  package let message: String

  package var description: String { message }
}
