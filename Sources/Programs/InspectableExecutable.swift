package import Tensors

/// An executable that can be stopped after each instruction and looked into.
///
/// What finds the operation that made a NaN, and the first one in which two backends differ, is written on top of this.
package protocol InspectableExecutable: Executable {
  /// What it runs: its own instructions, which need not be those of the program that was compiled.
  var program: Program { get }

  /// Runs one instruction of a step and waits until it is done.
  ///
  /// All instructions in their order are a step, with the same bits as in `run`.
  func run(instruction: Int) throws

  /// Gives the memory of a value to a function, as the last instruction left it.
  ///
  /// An intermediate has its memory from the instruction that makes it to the level of the last one that reads it.
  func withBytes<Result>(
    of value: Program.ValueID, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result

  /// Replaces a value.
  func write(_ bytes: [UInt8], to value: Program.ValueID) throws

  /// Fills all of the arena with a byte, for tests.
  func fillArena(with byte: UInt8) throws
  func arenaBytes() throws -> [UInt8]
}

extension InspectableExecutable {
  /// The elements of a value in the order in which they lie in memory.
  package func read(_ value: Program.ValueID) throws -> TensorValues {
    let type = program.values[value].type
    return TensorValues(
      bytes: try withBytes(of: value) { Array($0) }, shape: type.shape, dtype: type.dtype)
  }
}
