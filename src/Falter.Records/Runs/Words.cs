using System.Text.Json;

namespace Falter.Records;

/// <summary>Enum values as the words that the command line, the files and the reports use.</summary>
public static class Words
{
    /// <summary><c>NotExercised</c> → <c>not-exercised</c>.</summary>
    public static string Of<T>(T value) where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    /// <summary>The value of a word that <see cref="Of{T}"/> wrote.</summary>
    public static bool TryParse<T>(string word, out T value) where T : struct, Enum
    {
        foreach (T candidate in Enum.GetValues<T>())
        {
            value = candidate;
            if (Of(candidate) == word) return true;
        }
        value = default;
        return false;
    }
}
