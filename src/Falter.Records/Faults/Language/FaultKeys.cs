namespace Falter.Records;

/// <summary>The keys that fields of each kind of fault can have; <c>argN</c> stands for any argument.</summary>
public static class FaultKeys
{
    /// <summary>Of rules about system calls.</summary>
    public static IReadOnlyList<string> Syscalls => SyscallRuleReading.Keys;

    /// <summary>Of <c>process:</c>.</summary>
    public static IReadOnlyList<string> Process => ProcessFaultReading.Keys;

    /// <summary>Of <c>network:</c>.</summary>
    public static IReadOnlyList<string> Network => NetworkFaultReading.Keys;

    /// <summary>Of <c>container:</c>.</summary>
    public static IReadOnlyList<string> Container => ContainerFaultReading.Keys;
}
