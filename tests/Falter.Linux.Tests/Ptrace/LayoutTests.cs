using System.Globalization;
using System.Runtime.InteropServices;
using Falter.Linux.Interop;
using Falter.Linux.Ptrace;
using Falter.Linux.Seccomp;

namespace Falter.Linux.Tests.Ptrace;

public class LayoutTests
{
    [Fact]
    public void The_mirrors_of_kernel_structures_lie_in_memory_as_the_C_compiler_lays_them_out()
    {
        Type[] mirrors = [typeof(user_regs_struct), typeof(ptrace_syscall_info), typeof(seccomp_data), typeof(seccomp_notif), typeof(seccomp_notif_resp),
            typeof(sock_filter), typeof(sock_fprog), typeof(pollfd_t), typeof(iovec_t), typeof(sigaction_t), typeof(termios_t), typeof(winsize_t), typeof(sigevent_t), typeof(itimerspec_t)];
        var constants = new Dictionary<string, ulong>(StringComparer.Ordinal)
        {
            ["SizeOf_posix_spawnattr_t"] = Libc.SizeOf_posix_spawnattr_t,
            ["SizeOf_posix_spawn_file_actions_t"] = Libc.SizeOf_posix_spawn_file_actions_t,
            ["SizeOf_sigset_t"] = Libc.SizeOf_sigset_t,
            ["SECCOMP_IOCTL_NOTIF_RECV"] = SeccompConstants.SECCOMP_IOCTL_NOTIF_RECV,
            ["SECCOMP_IOCTL_NOTIF_SEND"] = SeccompConstants.SECCOMP_IOCTL_NOTIF_SEND,
        };
        string[] lines = Victims.Run(Victims.Path("layouts")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length > 30);
        Assert.All(lines, line =>
        {
            string[] words = line.Split(' ');
            string[] name = words[0].Split('.');
            ulong expected = ulong.Parse(words[1], CultureInfo.InvariantCulture);
            if (constants.TryGetValue(name[0], out ulong constant)) Assert.Equal(expected, constant);
            else
            {
                Type mirror = mirrors.Single(t => t.Name == name[0]);
                Assert.Equal(expected, name.Length == 1 ? (ulong)Marshal.SizeOf(mirror) : (ulong)Marshal.OffsetOf(mirror, name[1]));
            }
        });
    }
}
