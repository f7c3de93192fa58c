//! What a YunoHost server understands and answers, action by action. Pure.
