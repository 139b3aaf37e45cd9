//! Asset ids, descriptors and their generators (protocol 9).
