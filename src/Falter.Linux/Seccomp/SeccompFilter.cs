using System.Runtime.InteropServices;
using Falter.Records;
using static Falter.Linux.Seccomp.SeccompConstants;

namespace Falter.Linux.Seccomp;

/// <summary>Builds the filter that announces selected calls to a listener and lets all others pass.</summary>
internal static class SeccompFilter
{
    // Offsets in struct seccomp_data.
    private const uint OffsetOfNr = 0, OffsetOfArch = 4;

    // A jump of classic BPF reaches 255 instructions: every call has its own return, so that any number of them can be selected.
    private const byte SkipOne = 1;

    /// <summary>
    /// The program. Calls of another architecture (32 bit) and of the x32 interface pass: they have other numbers.
    /// </summary>
    public static sock_filter[] NotifyFor(IEnumerable<Syscall> calls)
    {
        var program = new List<sock_filter>
        {
            new() { code = BPF_LD_W_ABS, k = OffsetOfArch },
            new() { code = BPF_JMP_JEQ_K, k = AUDIT_ARCH_X86_64, jt = SkipOne },
            new() { code = BPF_RET_K, k = SECCOMP_RET_ALLOW },
            new() { code = BPF_LD_W_ABS, k = OffsetOfNr },
            new() { code = BPF_JMP_JGE_K, k = X32_SYSCALL_BIT, jf = SkipOne },
            new() { code = BPF_RET_K, k = SECCOMP_RET_ALLOW },
        };
        foreach (Syscall call in calls.OrderBy(c => c.Number))
        {
            program.Add(new() { code = BPF_JMP_JEQ_K, k = (uint)call.Number, jf = SkipOne });
            program.Add(new() { code = BPF_RET_K, k = SECCOMP_RET_USER_NOTIF });
        }
        program.Add(new() { code = BPF_RET_K, k = SECCOMP_RET_ALLOW });
        return [.. program];
    }

    /// <summary>The program followed by the <c>struct sock_fprog</c> that names it, as they lie in memory at an address.</summary>
    public static (byte[] Image, ulong ProgramAddress) ImageAt(ulong address, sock_filter[] program)
    {
        ReadOnlySpan<byte> instructions = MemoryMarshal.AsBytes(program.AsSpan());
        var header = new sock_fprog { len = (ushort)program.Length, filter = address };
        byte[] image = new byte[instructions.Length + Marshal.SizeOf<sock_fprog>()];
        instructions.CopyTo(image);
        MemoryMarshal.Write(image.AsSpan(instructions.Length), header);
        return (image, address + (ulong)instructions.Length);
    }
}
