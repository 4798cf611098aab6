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

  /// Replaces what a state holds by the bytes of as many elements, row-major.
  ///
  /// - Precondition: the state is not one that is only read.
  func write(_ bytes: UnsafeRawBufferPointer, to state: State) throws

  /// What a state holds, after everything that was submitted.
  func read(_ state: State) throws -> TensorValues

  /// Memory for states that programs read and the host fills while they run.
  ///
  /// - Parameter parts: divides the bytes of each state.
  func makeStagingRing(of states: [State], parts: Int) throws -> any StagingRing

  /// What it takes to compile some programs, as `planned` gives them, beside what there is already.
  ///
  /// Nothing is allocated.
  func need(of programs: [Program]) -> MemoryNeed
}

extension Backend {
  /// Replaces what a state holds.
  ///
  /// - Precondition: the values are of the state's shape and type.
  public func write(_ values: TensorValues, to state: State) throws {
    precondition(
      values.shape == state.shape && values.dtype == state.dtype,
      "the state '\(state.name)' is \(state.dtype)\(state.shape), not \(values.dtype)\(values.shape)")
    try values.bytes.withUnsafeBytes { try write($0, to: state) }
  }

  public func need(of programs: [Program]) -> MemoryNeed { MemoryNeed(of: programs) }

  /// False: by ordinary arithmetic.
  public func hasMatrixUnits(for precision: Precision) -> Bool { false }

  /// Why there is no memory for some programs together, the first being the one to name; nil where there is enough, or
  /// where nobody knows before it is asked for.
  package func shortage(for programs: [Program]) -> OutOfMemory? {
    let capacity = capacity
    guard capacity.isLimited else { return nil }
    let need = need(of: programs)
    guard !need.hasRoom(on: capacity) else { return nil }
    return outOfMemory(for: programs, need, capacity)
  }

  /// The error for programs that do not fit.
  package func outOfMemory(
    for programs: [Program], _ need: MemoryNeed, _ capacity: DeviceMemory
  ) -> OutOfMemory {
    OutOfMemory(
      program: "the program '\(programs.first?.name ?? "")'", device: name, needed: need.byteCount,
      available: min(capacity.limit ?? .max, capacity.largestPiece ?? .max),
      total: capacity.byteCount ?? capacity.limit ?? .max, isCutByRequest: capacity.isCutByRequest,
      holders: programs.first?.holders(3, among: need.states) ?? [])
  }
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

  /// The most steps that are handed to the device at once.
  var stepsPerSubmit: Int { get }

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

  /// Any number, where runs are not handed over.
  public var stepsPerSubmit: Int { .max }
}
