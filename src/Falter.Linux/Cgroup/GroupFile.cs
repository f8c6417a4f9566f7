using System.Globalization;
using System.Text;
using Falter.Linux.Interop;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Linux.Cgroup;

/// <summary>The files by which a control group is changed, named by the folder that shows the group.</summary>
public static class GroupFile
{
    private const string Members = "cgroup.procs";

    /// <summary>What a file holds, without its last line end; null where the group, or the file, is gone.</summary>
    public static string? Read(string folder, string file) => ProcFile.Read(Path.Join(folder, file))?.TrimEnd('\n');

    /// <summary>The words of a file; none where the group, or the file, is gone.</summary>
    public static IReadOnlyList<string> Words(string folder, string file) => (Read(folder, file) ?? "").Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A number of a file of lines like <c>nr_throttled 12</c>, or of the file's only number where no key is asked for; 0 where it is not there.</summary>
    public static long Number(string folder, string file, string? key)
    {
        IReadOnlyList<string> words = Words(folder, file);
        for (int i = key is null ? 0 : 1; i < words.Count; i++)
        {
            if (key is null || words[i - 1] == key) return long.TryParse(words[i], CultureInfo.InvariantCulture, out long number) ? number : 0;
        }
        return 0;
    }

    /// <summary>Writes a value. By the plain calls, because the kernel answers a write with an errno that matters.</summary>
    /// <exception cref="LinuxException">The kernel refuses the value.</exception>
    public static void Write(string folder, string file, string value)
    {
        if (TryWrite(Path.Join(folder, file), value) is { } error) throw new LinuxException($"write({Path.Join(folder, file)}, {value})", error);
    }

    /// <summary>The processes directly in a group; those of other pid namespaces, which the kernel shows as 0, left out.</summary>
    public static IReadOnlyList<int> Processes(string folder) =>
        [.. (ProcFile.Read(Path.Join(folder, Members)) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => int.Parse(l, CultureInfo.InvariantCulture)).Where(p => p > 0)];

    /// <summary>Moves a process with all its threads into a group.</summary>
    /// <returns>False where the process has ended.</returns>
    /// <exception cref="LinuxException">The kernel refuses: EBUSY where a group of version 2 hands controllers on, EINVAL for real-time processes under the cpu controller.</exception>
    public static bool Take(string folder, int pid) => TryWrite(Path.Join(folder, Members), pid.ToString(CultureInfo.InvariantCulture)) switch
    {
        null => true,
        { } error when error == Errno.ESRCH => false,
        { } error => throw new LinuxException($"write({Path.Join(folder, Members)}, {pid})", error),
    };

    /// <summary>Makes a group.</summary>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public static void Make(string folder)
    {
        const int Mode = 0b111_101_101;
        if (Libc.mkdir(folder, Mode) < 0) throw new LinuxException($"mkdir({folder})", Libc.LastErrno);
    }

    /// <summary>Removes an empty group.</summary>
    /// <returns>False where it is not empty and that was allowed for.</returns>
    /// <exception cref="LinuxException">It is not empty, or the kernel refuses.</exception>
    public static bool TryRemove(string folder, bool mayBeBusy)
    {
        // rmdir alone: the files of a control group cannot be removed one by one.
        if (Libc.rmdir(folder) == 0 || Libc.LastErrno == Errno.ENOENT) return true;
        return Libc.LastErrno == Errno.EBUSY && mayBeBusy ? false : throw new LinuxException($"rmdir({folder})", Libc.LastErrno);
    }

    private static unsafe Errno? TryWrite(string path, string value)
    {
        int fd = Libc.open(path, Libc.O_WRONLY | Libc.O_CLOEXEC, 0);
        if (fd < 0) return Libc.LastErrno;
        using var file = new Descriptor(fd);
        byte[] bytes = Encoding.ASCII.GetBytes(value);
        fixed (byte* first = bytes) return Libc.write(fd, first, (nuint)bytes.Length) == bytes.Length ? null : Libc.LastErrno;
    }
}
