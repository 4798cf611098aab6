import Execution
import Programs
import ReferenceKernels
import Tensors

extension CPUExecutable: InspectableExecutable {
  func run(instruction: Int) throws {
    for kernel in work[instruction] { pool.run(kernel) }
  }

  func withBytes<Result>(
    of value: Program.ValueID, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    try body(UnsafeRawBufferPointer(start: views[value].base, count: views[value].type.byteCount))
  }

  func write(_ bytes: [UInt8], to value: Program.ValueID) throws {
    let view = views[value]
    precondition(bytes.count == view.type.byteCount, "\(bytes.count) bytes for \(view.type)")
    bytes.withUnsafeBytes {
      UnsafeMutableRawBufferPointer(start: view.base, count: bytes.count).copyMemory(from: $0)
    }
  }

  func fillArena(with byte: UInt8) throws {
    UnsafeMutableRawBufferPointer(start: arena.base, count: arena.byteCount).initializeMemory(
      as: UInt8.self, repeating: byte)
  }

  func arenaBytes() throws -> [UInt8] { arena.bytes }
}
