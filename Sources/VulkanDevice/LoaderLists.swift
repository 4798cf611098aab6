import Synchronization

/// Held while instances and devices come and go, and while objects are named.
///
/// To name an object the loader walks through its lists of all instances and their devices, without the lock under which
/// it changes them (version 1.3.239): a name given in one thread, while another opens or closes a device, may read memory
/// that is free.
let loaderLists = Mutex(())
