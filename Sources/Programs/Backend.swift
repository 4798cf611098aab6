public import Tensors

/// What runs programs: a processor or a graphics card, and the memory it keeps for states.
///
/// A backend belongs to one isolation domain; its states are shared by all programs compiled on it.
public protocol Backend: AnyObject {
  /// What it runs on, for people: "CPU (2 threads)".
  var name: String { get }

  /// Whether it runs programs with float64 values; graphics cards need not.
  var hasFloat64: Bool { get }

  /// How much memory its programs can have.
  var capacity: DeviceMemory { get }

  /// Whether it multiplies large matrices whose elements are rounded to a format by units made for that.
  func hasMatrixUnits(for precision: Precision) -> Bool

  /// The program as this backend runs it: itself, or one that does the same in fewer kernels.
  ///
  /// Takes no memory of the device for it.
  func planned(_ program: Program) -> Program

  /// Makes a program ready to run, and memory for states it has not met, which start at their initial values.
  func compile(_ program: Program) throws -> any Executable

  /// Replaces what a state holds.
  func write(_ values: TensorValues, to state: State) throws

  /// What a state holds, after everything that was submitted.
  func read(_ state: State) throws -> TensorValues

  /// Whether it knows how much memory there is.
  var isMemoryLimited: Bool { get }

  /// Why there is no memory for some programs together, as `planned` gives them, the first being the one to name, with the
  /// states that they bring and some others; nil where there is enough, or where nobody knows.
  ///
  /// Nothing is allocated.
  func shortage(for programs: [Program], and states: [State]) -> OutOfMemory?
}

extension Backend {
  /// False: it finds out only when it allocates.
  public var isMemoryLimited: Bool { false }

  public func shortage(for programs: [Program], and states: [State]) -> OutOfMemory? { nil }

  /// False: by ordinary arithmetic.
  public func hasMatrixUnits(for precision: Precision) -> Bool { false }
}

/// Why a backend cannot do what it was asked: out of memory, a device lost, a kernel it does not have.
///
/// Its description is a sentence that says what to do.
public protocol BackendError: Error {
  /// Whether the device is gone with all that it held, so that only another backend can go on.
  var isDeviceLoss: Bool { get }
}

extension BackendError {
  public var isDeviceLoss: Bool { false }
}

/// A program made ready by a backend.
public protocol Executable: AnyObject {
  /// Makes now what runs of up to so many steps would make when they first need it.
  func prepare(steps: Int) throws

  /// Runs all of it a number of times, one after another.
  ///
  /// Returns before the work is done where the device works on its own; reading waits for it.
  func run(steps: Int) throws

  /// An output as the last step left it, by its position in the program.
  func output(_ index: Int) throws -> TensorValues
}

extension Executable {
  /// Nothing, where runs make nothing.
  public func prepare(steps: Int) {}
}

/// What tests of backends look at: the raw memory of intermediates.
package protocol InspectableExecutable: Executable {
  /// Fills all of the arena with a byte.
  func fillArena(with byte: UInt8) throws
  func arenaBytes() throws -> [UInt8]
}
