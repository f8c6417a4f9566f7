using System.Text.RegularExpressions;
using Falter.Records;

namespace Falter.Model;

/// <summary>How an errno is called in lines of a log.</summary>
internal static class ErrnoWords
{
    // Where the C library's strerror says something else than the kernel's header (glibc 2.36, sysdeps/gnu/errlist.h).
    private static readonly Dictionary<string, string> s_strerror = new(StringComparer.Ordinal)
    {
        ["EIO"] = "Input/output error",
        ["EBADF"] = "Bad file descriptor",
        ["EAGAIN"] = "Resource temporarily unavailable",
        ["ENOMEM"] = "Cannot allocate memory",
        ["EXDEV"] = "Invalid cross-device link",
        ["ENOTTY"] = "Inappropriate ioctl for device",
        ["ENFILE"] = "Too many open files in system",
        ["EDOM"] = "Numerical argument out of domain",
        ["ERANGE"] = "Numerical result out of range",
        ["EDEADLK"] = "Resource deadlock avoided",
        ["ENAMETOOLONG"] = "File name too long",
        ["ENOLCK"] = "No locks available",
        ["ENOSYS"] = "Function not implemented",
        ["ELOOP"] = "Too many levels of symbolic links",
        ["ENOTSOCK"] = "Socket operation on non-socket",
        ["EOPNOTSUPP"] = "Operation not supported",
        ["ECONNABORTED"] = "Software caused connection abort",
        ["ESHUTDOWN"] = "Cannot send after transport endpoint shutdown",
        ["ETIMEDOUT"] = "Connection timed out",
        ["ESTALE"] = "Stale file handle",
    };

    /// <summary>Whether a line names an errno, by its name or by what the C library calls it.</summary>
    public static bool Names(string line, Errno errno) =>
        line.Contains(errno.Name, StringComparison.Ordinal) && Regex.IsMatch(line, $@"\b{Regex.Escape(errno.Name)}\b") || Said(line, errno.Meaning) || Said(line, s_strerror.GetValueOrDefault(errno.Name, ""));

    private static bool Said(string line, string words) =>
        // Short ones ("Try again", "Exec format error") are words of everyday lines; "Too many open files" begins another errno's text.
        words.Length >= 9 && words != "Try again" && line.Contains(words, StringComparison.OrdinalIgnoreCase) &&
        !(words == "Too many open files" && line.Contains("Too many open files in system", StringComparison.OrdinalIgnoreCase));
}
