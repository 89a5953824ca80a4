//! Anchor's `require!` with the same code and the same line in the log. Anchor's builds the error where the rule stands,
//! about forty instructions for each of some hundred and thirty rules; here each is one call.

/// Fails with this code unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $code:expr $(,)?) => {
        if !$condition {
            return Err($crate::error::fail($code));
        }
    };
}
