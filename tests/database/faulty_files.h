#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cstring>

// SQLite's files with faults: the n-th write, sync or truncation from now on fails, once or for as
// long as it is not mended. Stands before the system's own as the default while it lives.
class FaultyFiles {
  public:
    enum class Lasts { once, until_mended };

    FaultyFiles() {
        base::ensure(current() == nullptr, "one at a time");
        current() = this;
        system_ = sqlite3_vfs_find(nullptr);
        vfs_ = *system_;
        vfs_.zName = "faulty";
        vfs_.szOsFile = static_cast<int>(sizeof(File)) + system_->szOsFile;
        vfs_.xOpen = &open;
        base::ensure(sqlite3_vfs_register(&vfs_, 1) == SQLITE_OK, "registering the faulty files");
    }
    ~FaultyFiles() {
        sqlite3_vfs_unregister(&vfs_);
        current() = nullptr;
    }
    FaultyFiles(const FaultyFiles&) = delete;
    FaultyFiles& operator=(const FaultyFiles&) = delete;

    void fail(int nth, int code, Lasts lasts) {
        code_ = code;
        lasts_ = lasts;
        failed_ = false;
        countdown_ = nth;
    }
    void mend() { countdown_ = 0; }
    bool has_failed() const { return failed_; }
    // Writes, syncs and truncations since the beginning.
    int operations() const { return operations_; }

  private:
    struct File {
        sqlite3_file base;
        sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
    };

    static FaultyFiles*& current() {
        static FaultyFiles* one = nullptr;
        return one;
    }
    static sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real(); }

    // SQLITE_OK, or the code to fail with.
    static int next() {
        FaultyFiles& self = *current();
        ++self.operations_;
        int left = self.countdown_;
        while (left > 0) {
            const bool fails = left == 1;
            const int after = fails && self.lasts_ == Lasts::until_mended ? 1 : left - 1;
            if (!self.countdown_.compare_exchange_weak(left, after)) continue;
            if (!fails) return SQLITE_OK;
            self.failed_ = true;
            return self.code_;
        }
        return SQLITE_OK;
    }

    static int open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* out) {
        static const sqlite3_io_methods methods = make_methods();
        sqlite3_vfs* system = current()->system_;
        file->pMethods = nullptr;
        const int code = system->xOpen(system, name, real(file), flags, out);
        if (code == SQLITE_OK) file->pMethods = &methods;
        return code;
    }

    static sqlite3_io_methods make_methods() {
        sqlite3_io_methods m{};
        m.iVersion = 2;
        m.xClose = [](sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); };
        m.xRead = [](sqlite3_file* f, void* into, int count, sqlite3_int64 at) {
            return real(f)->pMethods->xRead(real(f), into, count, at);
        };
        m.xWrite = [](sqlite3_file* f, const void* from, int count, sqlite3_int64 at) {
            if (const int code = next(); code != SQLITE_OK) return code;
            return real(f)->pMethods->xWrite(real(f), from, count, at);
        };
        m.xTruncate = [](sqlite3_file* f, sqlite3_int64 size) {
            if (const int code = next(); code != SQLITE_OK) return code;
            return real(f)->pMethods->xTruncate(real(f), size);
        };
        m.xSync = [](sqlite3_file* f, int flags) {
            if (const int code = next(); code != SQLITE_OK)
                return code == SQLITE_FULL ? code : SQLITE_IOERR_FSYNC;
            return real(f)->pMethods->xSync(real(f), flags);
        };
        m.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) {
            return real(f)->pMethods->xFileSize(real(f), size);
        };
        m.xLock = [](sqlite3_file* f, int level) {
            return real(f)->pMethods->xLock(real(f), level);
        };
        m.xUnlock = [](sqlite3_file* f, int level) {
            return real(f)->pMethods->xUnlock(real(f), level);
        };
        m.xCheckReservedLock = [](sqlite3_file* f, int* out) {
            return real(f)->pMethods->xCheckReservedLock(real(f), out);
        };
        m.xFileControl = [](sqlite3_file* f, int what, void* argument) {
            return real(f)->pMethods->xFileControl(real(f), what, argument);
        };
        m.xSectorSize = [](sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); };
        m.xDeviceCharacteristics = [](sqlite3_file* f) {
            return real(f)->pMethods->xDeviceCharacteristics(real(f));
        };
        m.xShmMap = [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
            return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
        };
        m.xShmLock = [](sqlite3_file* f, int offset, int count, int flags) {
            return real(f)->pMethods->xShmLock(real(f), offset, count, flags);
        };
        m.xShmBarrier = [](sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); };
        m.xShmUnmap = [](sqlite3_file* f, int remove) {
            return real(f)->pMethods->xShmUnmap(real(f), remove);
        };
        return m;
    }

    sqlite3_vfs* system_ = nullptr;
    sqlite3_vfs vfs_{};
    std::atomic<int> countdown_ = 0;
    std::atomic<int> operations_ = 0;
    std::atomic<bool> failed_ = false;
    std::atomic<int> code_ = SQLITE_IOERR_WRITE;
    std::atomic<Lasts> lasts_ = Lasts::once;
};
