package import Programs
package import Tensors

/// An executable that can be stopped and inspected after each instruction.
///
/// Basis of the search for the operation that made a NaN, and for the first that differs between two
/// backends.
package protocol InspectableExecutable: Executable {
  /// The program it runs, whose instructions may differ from those of the program that was compiled.
  var program: Program { get }

  /// Runs one instruction of a step and waits for its completion.
  ///
  /// Running all instructions in order is a step, bitwise equal to `run`.
  func run(instruction: Int) throws

  /// Passes the memory of a value to a function, as the last instruction left it.
  ///
  /// The memory of an intermediate is valid from the instruction that makes it to the level of its last
  /// reader.
  func withBytes<Result>(
    of value: Program.ValueID, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result

  /// Overwrites a value.
  func write(_ bytes: [UInt8], to value: Program.ValueID) throws

  /// Fills the whole arena with a byte, for tests.
  func fillArena(with byte: UInt8) throws
  func arenaBytes() throws -> [UInt8]
}

extension InspectableExecutable {
  /// The elements of a value in memory order.
  package func read(_ value: Program.ValueID) throws -> TensorValues {
    let type = program.values[value].type
    return TensorValues(
      bytes: try withBytes(of: value) { Array($0) }, shape: type.shape, dtype: type.dtype)
  }
}
