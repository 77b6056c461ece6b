// Vectors from memory and back, wherever they lie there.
//
// Included once by each file of each vector set, inside of its namespace (see network.h).

template <class V, class Number>
inline V load(const Number *from) {
    struct Loose {
        V value;
    } __attribute__((packed, may_alias));
    return reinterpret_cast<const Loose *>(from)->value;
}

template <class V, class Number>
inline void store(Number *to, V value) {
    struct Loose {
        V value;
    } __attribute__((packed, may_alias));
    reinterpret_cast<Loose *>(to)->value = value;
}

inline int least(int a, int b) { return a < b ? a : b; }
inline int most(int a, int b) { return a > b ? a : b; }
